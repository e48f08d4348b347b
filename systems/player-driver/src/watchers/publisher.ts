// Keeps one player of a driver at the newest state: sends the smallest update that says what changed,
// one at a time, and leaves out what was overtaken while the last one was on its way.
import { sameTimeline, textDifference } from '../domain/device-state.js'
import type { FsctDriver } from '../domain/driver.js'
import { type TextPlace, textFieldAt } from '../domain/names.js'
import {
  emptyState,
  noTexts,
  type PlayerId,
  type PlayerState,
  type TrackTexts,
} from '../domain/types.js'

export interface Publication {
  readonly state: PlayerState
  /** The texts of what plays next. */
  readonly queue: TrackTexts
}

export class PlayerPublisher {
  readonly #driver: FsctDriver
  readonly player: PlayerId
  /** What the driver has, as far as it answered. */
  #told: Publication = { state: emptyState, queue: noTexts }
  #wanted: Publication = this.#told
  #sending: Promise<void> | undefined
  readonly #failed = new AbortController()

  private constructor(driver: FsctDriver, player: PlayerId) {
    this.#driver = driver
    this.player = player
  }

  /** Registers a player under this name. Rejects as `registerPlayer` does. */
  static async register(driver: FsctDriver, selfId: string): Promise<PlayerPublisher> {
    return new PlayerPublisher(driver, await driver.registerPlayer(selfId))
  }

  /** Fires with the error of the first update that failed. After it nothing more is sent. */
  get failed(): AbortSignal {
    return this.#failed.signal
  }

  /** Makes this the newest state. Returns at once. */
  publish(publication: Publication): void {
    this.#wanted = publication
    this.#sending ??= this.#sendAll()
  }

  /** Resolves when the driver has the newest state, or an update failed: see `failed`. */
  async settled(): Promise<void> {
    await this.#sending
  }

  /** Takes the player away. Call when nothing more is published. */
  async unregister(): Promise<void> {
    await this.#sending
    await this.#driver.unregisterPlayer(this.player)
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#told !== this.#wanted) {
        const wanted = this.#wanted
        await Promise.all(this.#update(this.#told, wanted))
        this.#told = wanted
      }
      this.#sending = undefined
    } catch (error) {
      // `sending` stays set: what follows a lost update could only confuse.
      this.#failed.abort(error)
    }
  }

  /** The calls that lead from one to the other. They are under way, in this order. */
  #update(from: Publication, to: Publication): Promise<void>[] {
    const state = this.#updateState(from.state, to.state)
    return [...state, ...this.#updateTexts('queue', textDifference(from.queue, to.queue) ?? {})]
  }

  #updateState(from: PlayerState, to: PlayerState): Promise<void>[] {
    const texts = textDifference(from.texts, to.texts) ?? {}
    const newStatus = from.status !== to.status
    const newTimeline = !sameTimeline(from.timeline, to.timeline)
    if (Number(newStatus) + Number(newTimeline) + Object.keys(texts).length > 1) {
      return [this.#driver.updatePlayerState(this.player, to)]
    }
    if (newStatus) return [this.#driver.updatePlayerStatus(this.player, to.status)]
    if (newTimeline) return [this.#driver.updatePlayerTimeline(this.player, to.timeline)]
    return this.#updateTexts('texts', texts)
  }

  #updateTexts(of: TextPlace['of'], texts: Partial<TrackTexts>): Promise<void>[] {
    return Object.entries(texts).map(([key, text]) => {
      const field = textFieldAt({ of, key: key as keyof TrackTexts })
      return this.#driver.updatePlayerMetadata(this.player, field, text)
    })
  }
}
