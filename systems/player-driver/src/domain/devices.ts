// The attached devices and what each shows. It listens to the player table's events, chooses the
// player of each device, and sends each device what changed on it and nothing else.

import { sees } from './audience.js'
import type { Device } from './device.js'
import { clearedDevice, type DeviceState, difference } from './device-state.js'
import { deviceInUse, exhausted } from './errors.js'
import type { DeviceEvent, PlayerEvent, PreferredChanged } from './events.js'
import type { Owner, Player, PlayerTable } from './players.js'
import { choosePlayer, isPlaying } from './routing.js'
import type { DeviceId, DeviceInfo, PlayerId, Status } from './types.js'

interface Attached {
  readonly device: Device
  /** Whose players may be on it; null: everybody's. */
  readonly viewer: Owner | null
  /** The player on it now. */
  shown: PlayerId | null
  /** The player that was last on it: stays when the device is cleared, and decides ties. */
  lastShown: PlayerId | null
  /** What the device has; null: not known yet. */
  sent: DeviceState | null
}

export interface DeviceTableOptions {
  readonly players: Pick<PlayerTable, 'all' | 'get' | 'preferred'>
  readonly emit: (event: DeviceEvent) => void
  /** Devices attached at once. */
  readonly limit: number
  /** Told what a device threw. */
  readonly failed: (device: DeviceInfo, error: unknown) => void
}

export class DeviceTable {
  readonly #options: DeviceTableOptions
  readonly #attached = new Map<DeviceId, Attached>()
  /** Players that play, to see which updates can change a choice. */
  readonly #playing = new Set<PlayerId>()

  constructor(options: DeviceTableOptions) {
    this.#options = options
  }

  /** The attached devices in the order in which they came. */
  infos(): DeviceInfo[] {
    return [...this.#attached.values()].map(({ device }) => device.info)
  }

  /** Which player the device shows; undefined when it is not attached. */
  shownOn(device: DeviceId): PlayerId | null | undefined {
    return this.#attached.get(device)?.shown
  }

  /**
   * `viewer`: who looks at the device, so that it shows no other user's players; null for a device of
   * the machine's own. Throws `device-in-use` while a device of the same id is attached,
   * `resource-exhausted` past the limit.
   */
  attach(device: Device, viewer: Owner | null = null): void {
    const { id } = device.info
    if (this.#attached.has(id)) throw deviceInUse(id)
    if (this.#attached.size >= this.#options.limit) {
      throw exhausted(`no more devices: ${this.#options.limit} are attached, which is the limit`)
    }
    this.#attached.set(id, { device, viewer, shown: null, lastShown: null, sent: null })
    this.#options.emit({ kind: 'device-added', device: device.info })
  }

  /** Does nothing when that very device is not attached: another may have its id by now. */
  detach(device: Device): void {
    const { id } = device.info
    if (this.#attached.get(id)?.device !== device) return
    this.#attached.delete(id)
    this.#guard(device, () => device.detached())
    this.#options.emit({ kind: 'device-removed', device: id })
  }

  detachAll(): void {
    for (const { device } of [...this.#attached.values()]) this.detach(device)
  }

  /** Follows an event of the player table or of this table. */
  follow(event: PlayerEvent | PreferredChanged | DeviceEvent): void {
    switch (event.kind) {
      case 'timeline-updated':
      case 'text-updated':
        this.#refresh(event.player)
        return
      case 'status-updated':
        this.#statusTold(event.player, event.status)
        return
      case 'state-updated':
        this.#statusTold(event.player, event.state.status)
        return
      case 'unregistered':
        this.#playing.delete(event.player)
        this.#chooseAll()
        return
      default:
        this.#chooseAll()
    }
  }

  /** A choice depends on whether a player plays, so an update that leaves that alone moves nothing. */
  #statusTold(player: PlayerId, status: Status): void {
    const plays = isPlaying(status)
    if (plays === this.#playing.has(player)) {
      this.#refresh(player)
      return
    }
    if (plays) this.#playing.add(player)
    else this.#playing.delete(player)
    this.#chooseAll()
  }

  #chooseAll(): void {
    const { players } = this.#options
    const all = [...players.all()]
    const everybodys = all.map(candidateOf)
    for (const attached of this.#attached.values()) {
      const { viewer } = attached
      const candidates =
        viewer === null
          ? everybodys
          : all.filter((player) => sees(viewer, player.owner)).map(candidateOf)
      const chosen = choosePlayer(candidates, {
        device: attached.device.info.id,
        attached: this.#attached,
        preferred: players.preferred,
        lastShown: attached.lastShown,
      })
      attached.shown = chosen
      attached.lastShown = chosen ?? attached.lastShown
      this.#send(attached)
    }
  }

  #refresh(player: PlayerId): void {
    for (const attached of this.#attached.values()) {
      if (attached.shown === player) this.#send(attached)
    }
  }

  #send(attached: Attached): void {
    const player = attached.shown === null ? undefined : this.#options.players.get(attached.shown)
    const next = player ? stateOf(player) : clearedDevice
    const update = difference(attached.sent, next)
    attached.sent = next
    if (update) this.#guard(attached.device, () => attached.device.apply(update))
  }

  /** A faulty device must not keep the others from being told. */
  #guard(device: Device, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.failed(device.info, error)
    }
  }
}

function candidateOf(player: Player) {
  const { id, state, assignedDevice } = player
  return { player: id, status: state.status, assignedDevice }
}

function stateOf({ state, queue }: Player): DeviceState {
  return { status: state.status, timeline: state.timeline, texts: state.texts, queue }
}
