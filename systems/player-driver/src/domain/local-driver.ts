// The driver in this process, as one client sees it: it checks what it is given, keeps to its own
// players, and leaves nothing behind when it is closed.
import { type Audience, sees } from './audience.js'
import {
  checkDeviceId,
  checkPlayerId,
  checkSelfId,
  checkState,
  checkStatus,
  checkText,
  checkTextField,
  checkTimeline,
} from './check.js'
import type { DeviceTable } from './devices.js'
import type { FsctDriver } from './driver.js'
import { cancelled, driverClosed, exhausted, noSuchPlayer } from './errors.js'
import type { EventQueue } from './event-queue.js'
import type { DriverLimits } from './limits.js'
import { infoOf, type Owner, type PlayerTable } from './players.js'
import {
  type DeviceId,
  type DeviceInfo,
  type PlayerId,
  type PlayerInfo,
  type PlayerState,
  PROTOCOL_VERSION,
  type ProtocolVersion,
  type Status,
  type TextField,
  type Timeline,
} from './types.js'

/** What the sessions of one driver share. */
export interface DriverParts {
  readonly players: PlayerTable
  readonly devices: DeviceTable
  readonly audience: Audience
  readonly limits: DriverLimits
}

/** Made by `DriverHost.session`. The methods do their work before they return, in the order of the calls. */
export class LocalDriver implements FsctDriver {
  readonly #parts: DriverParts
  readonly #owner: Owner
  readonly #own = new Set<PlayerId>()
  readonly #streams = new Set<EventQueue>()
  readonly #closed: () => void
  #open = true

  constructor(parts: DriverParts, owner: Owner, closed: () => void) {
    this.#parts = parts
    // A copy, so that two sessions described by one object are still two owners.
    this.#owner = { ...owner }
    this.#closed = closed
  }

  /** Who this session was opened for. */
  get owner(): Owner {
    return this.#owner
  }

  async getProtocolVersion(): Promise<ProtocolVersion> {
    this.#mustBeOpen()
    return PROTOCOL_VERSION
  }

  async registerPlayer(selfId: string): Promise<PlayerId> {
    const { players, limits } = this.#use()
    const name = checkSelfId(selfId, limits)
    if (this.#own.size >= limits.playersPerSession) {
      throw exhausted(`no more players: this connection has ${limits.playersPerSession}, the limit`)
    }
    const id = players.register(this.#owner, name)
    this.#own.add(id)
    return id
  }

  async unregisterPlayer(player: PlayerId): Promise<void> {
    const { players } = this.#use()
    const id = checkPlayerId(player)
    players.unregister(this.#owner, id)
    this.#own.delete(id)
  }

  async assignPlayerToDevice(player: PlayerId, device: DeviceId): Promise<void> {
    const { players } = this.#use()
    players.assign(this.#owner, checkPlayerId(player), checkDeviceId(device))
  }

  async unassignPlayerFromDevice(player: PlayerId, device: DeviceId): Promise<void> {
    const { players } = this.#use()
    players.unassign(this.#owner, checkPlayerId(player), checkDeviceId(device))
  }

  async getPlayerAssignedDevice(player: PlayerId): Promise<DeviceId | null> {
    return this.#use().players.owned(this.#owner, checkPlayerId(player)).assignedDevice
  }

  async updatePlayerState(player: PlayerId, state: PlayerState): Promise<void> {
    const { players, limits } = this.#use()
    players.setState(this.#owner, checkPlayerId(player), checkState(state, limits))
  }

  async updatePlayerStatus(player: PlayerId, status: Status): Promise<void> {
    this.#use().players.setStatus(this.#owner, checkPlayerId(player), checkStatus(status))
  }

  async updatePlayerTimeline(player: PlayerId, timeline: Timeline | null): Promise<void> {
    this.#use().players.setTimeline(this.#owner, checkPlayerId(player), checkTimeline(timeline))
  }

  async updatePlayerMetadata(
    player: PlayerId,
    field: TextField,
    text: string | null,
  ): Promise<void> {
    const { players, limits } = this.#use()
    const id = checkPlayerId(player)
    players.setText(this.#owner, id, checkTextField(field), checkText(text, limits))
  }

  async setPreferredPlayer(player: PlayerId | null): Promise<void> {
    const { players } = this.#use()
    if (player === null || player === undefined) {
      players.setPreferred(null)
      return
    }
    const id = checkPlayerId(player)
    const chosen = players.get(id)
    if (!chosen || !sees(this.#owner, chosen.owner)) throw noSuchPlayer(id)
    players.setPreferred(id)
  }

  async getPreferredPlayer(): Promise<PlayerId | null> {
    return this.#use().players.preferred
  }

  async players(): Promise<PlayerInfo[]> {
    const { players } = this.#use()
    const seen = [...players.all()].filter((player) => sees(this.#owner, player.owner))
    return seen.map((player) => infoOf(player, players.preferred))
  }

  async devices(): Promise<DeviceInfo[]> {
    return this.#use().devices.infos()
  }

  async subscribe(options: { readonly signal?: AbortSignal } = {}): Promise<EventQueue> {
    const { audience, limits } = this.#use()
    const { signal } = options
    if (signal?.aborted) throw cancelled()
    if (this.#streams.size >= limits.streamsPerSession) {
      throw exhausted(
        `no more event streams: this connection has ${limits.streamsPerSession}, the limit`,
      )
    }
    const leave = () => void queue.return()
    const queue = audience.join(this.#owner, limits.queuedEvents, (ended) => {
      this.#streams.delete(ended)
      signal?.removeEventListener('abort', leave)
    })
    this.#streams.add(queue)
    signal?.addEventListener('abort', leave, { once: true })
    return queue
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    for (const player of this.#own) this.#parts.players.unregister(this.#owner, player)
    this.#own.clear()
    for (const stream of [...this.#streams]) stream.finish()
    this.#closed()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #use(): DriverParts {
    this.#mustBeOpen()
    return this.#parts
  }

  #mustBeOpen(): void {
    if (!this.#open) throw driverClosed()
  }
}
