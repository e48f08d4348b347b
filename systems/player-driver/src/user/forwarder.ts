// The per-user part's way to the driver: every player of the host in this process is one of the
// driver's too, on whatever connection there is, and the driver's devices are this host's.
import { isTielineError } from 'tieline'
import type { Device } from '../domain/device.js'
import type { DeviceEvent, PlayerEvent, PreferredChanged } from '../domain/events.js'
import type { DriverHost } from '../domain/host.js'
import { textPlace } from '../domain/names.js'
import {
  type DeviceId,
  type DeviceInfo,
  emptyState,
  noTexts,
  type PlayerId,
  type PlayerState,
} from '../domain/types.js'
import type { IpcDriver } from '../ipc/ipc-driver.js'
import { PlayerPublisher, type Publication } from '../watchers/publisher.js'
import { aborted } from '../watchers/wait.js'

interface Forwarded {
  readonly selfId: string
  publication: Publication
  assigned: DeviceId | null
  /** On the connection that stands, once the driver has answered. */
  publisher: PlayerPublisher | undefined
}

export interface ForwarderOptions {
  readonly host: DriverHost
  /** Told what the driver refused. One line each. */
  readonly note: (line: string) => void
}

/**
 * It keeps what the players play, so that a driver that was restarted is told all of it again. A
 * player's updates wait for the one that is on its way, and the newest takes the place of those
 * before it: what waits is one state for each player.
 */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #players = new Map<PlayerId, Forwarded>()
  readonly #devices = new Map<DeviceId, () => void>()
  readonly #leave: () => void
  #preferred: PlayerId | null = null
  #driver: IpcDriver | undefined
  /** Ends the use of a driver that refuses everything because it ends. */
  #stop: ((error: unknown) => void) | undefined

  /** For a host that has no players yet. */
  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#leave = options.host.watch((event) => this.#take(event))
  }

  /** Forwards over this connection until the signal fires; rejects with `unavailable` when the driver ends. */
  async use(driver: IpcDriver, signal: AbortSignal): Promise<void> {
    this.#driver = driver
    const over = new AbortController()
    this.#stop = (error) => over.abort(error)
    try {
      for (const [id, player] of this.#players) void this.#register(id, player)
      await this.refreshDevices()
      await aborted(signal, over.signal)
      over.signal.throwIfAborted()
    } finally {
      this.#driver = undefined
      this.#stop = undefined
      for (const player of this.#players.values()) player.publisher = undefined
      for (const detach of this.#devices.values()) detach()
      this.#devices.clear()
    }
  }

  /** Call it when a device of the driver came or went. */
  async refreshDevices(): Promise<void> {
    const driver = this.#driver
    if (!driver) return
    await this.#asked(async () => {
      const infos = await driver.devices()
      if (driver !== this.#driver) return
      const there = new Map(infos.map((info) => [info.id, info]))
      for (const [id, detach] of this.#devices) {
        if (there.has(id)) continue
        this.#devices.delete(id)
        detach()
      }
      for (const info of infos) if (!this.#devices.has(info.id)) this.#attach(info)
    })
  }

  /** Forwards nothing more. */
  close(): void {
    this.#leave()
  }

  /** What it shows is the driver's to decide, so what this host would show on it goes nowhere. */
  #attach(info: DeviceInfo): void {
    const device: Device = { info, apply() {}, detached() {} }
    try {
      this.#devices.set(info.id, this.#options.host.attach(device))
    } catch (error) {
      this.#options.note(`device ${info.name ?? info.id}: ${(error as Error).message}`)
    }
  }

  #take(event: PlayerEvent | PreferredChanged | DeviceEvent): void {
    switch (event.kind) {
      case 'registered': {
        const { player: id, selfId } = event
        const publication = { state: emptyState, queue: noTexts }
        const player = { selfId, publication, assigned: null, publisher: undefined }
        this.#players.set(id, player)
        void this.#register(id, player)
        return
      }
      case 'unregistered': {
        const { publisher } = this.#players.get(event.player) ?? {}
        this.#players.delete(event.player)
        if (publisher) void this.#asked(() => publisher.unregister())
        return
      }
      case 'assigned':
      case 'unassigned':
        this.#assign(event)
        return
      case 'preferred-changed':
        this.#prefer(event.preferred)
        return
      case 'device-added':
      case 'device-removed':
        return
      default:
        this.#update(event)
    }
  }

  #update(event: Extract<PlayerEvent, { kind: `${string}-updated` }>): void {
    const player = this.#players.get(event.player)
    if (!player) return
    const { state, queue } = player.publication
    const withState = (changed: Partial<PlayerState>) => ({
      state: { ...state, ...changed },
      queue,
    })
    switch (event.kind) {
      case 'state-updated':
        player.publication = { state: event.state, queue }
        break
      case 'status-updated':
        player.publication = withState({ status: event.status })
        break
      case 'timeline-updated':
        player.publication = withState({ timeline: event.timeline })
        break
      case 'text-updated': {
        const { of, key } = textPlace(event.field)
        player.publication =
          of === 'queue'
            ? { state, queue: { ...queue, [key]: event.text } }
            : withState({ texts: { ...state.texts, [key]: event.text } })
      }
    }
    player.publisher?.publish(player.publication)
  }

  #assign(event: Extract<PlayerEvent, { device: DeviceId }>): void {
    const player = this.#players.get(event.player)
    const driver = this.#driver
    if (!player) return
    const isNow = event.kind === 'assigned'
    player.assigned = isNow ? event.device : null
    const { publisher } = player
    if (!publisher || !driver) return
    void this.#asked(() =>
      isNow
        ? driver.assignPlayerToDevice(publisher.player, event.device)
        : driver.unassignPlayerFromDevice(publisher.player, event.device),
    )
  }

  #prefer(preferred: PlayerId | null): void {
    const before = this.#preferred
    this.#preferred = preferred
    const driver = this.#driver
    if (!driver) return
    const chosen = preferred === null ? null : this.#players.get(preferred)?.publisher?.player
    // One that the driver does not know yet is told with its registration; nor is there a need to
    // clear what it was never told.
    if (chosen === undefined || (chosen === null && before === null)) return
    void this.#asked(() => driver.setPreferredPlayer(chosen))
  }

  async #register(id: PlayerId, player: Forwarded): Promise<void> {
    const driver = this.#driver
    if (!driver) return
    await this.#asked(async () => {
      const publisher = await PlayerPublisher.register(driver, player.selfId)
      // What came of the connection or the player meanwhile.
      if (driver !== this.#driver) return
      if (this.#players.get(id) !== player) return publisher.unregister()
      player.publisher = publisher
      publisher.failed.addEventListener('abort', () => this.#failed(publisher.failed.reason), {
        once: true,
      })
      publisher.publish(player.publication)
      const { assigned } = player
      const asked = [
        ...(assigned ? [driver.assignPlayerToDevice(publisher.player, assigned)] : []),
        ...(this.#preferred === id ? [driver.setPreferredPlayer(publisher.player)] : []),
      ]
      await Promise.all(asked)
    })
  }

  async #asked(ask: () => Promise<void>): Promise<void> {
    const driver = this.#driver
    try {
      await ask()
    } catch (error) {
      // What fails on a connection that is lost is done again on the next one.
      if (driver === this.#driver && driver?.lost.aborted === false) this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (this.#driver === undefined || this.#driver.lost.aborted) return
    // A driver that drains: the next one is waited for.
    if (isTielineError(error, 'unavailable')) this.#stop?.(error)
    else this.#options.note(`the driver refused: ${(error as Error).message}`)
  }
}
