// The driver itself: it owns the players and the devices, opens a session for each client, and
// passes every event to the devices first and then to whoever listens.
import { Audience } from './audience.js'
import type { Device } from './device.js'
import { DeviceTable } from './devices.js'
import { driverClosed } from './errors.js'
import type { DeviceEvent, PlayerEvent, PreferredChanged } from './events.js'
import { type DriverLimits, defaultDriverLimits } from './limits.js'
import { LocalDriver } from './local-driver.js'
import { type Emit, infoOf, type Owner, PlayerTable } from './players.js'
import type { DeviceId, DeviceInfo, PlayerId, PlayerInfo } from './types.js'

export interface DriverHostOptions {
  readonly limits?: Partial<DriverLimits>
  /** Told when a device throws. The device stays attached. Without it: a process warning. */
  readonly deviceFailed?: (device: DeviceInfo, error: unknown) => void
}

export type HostWatcher = (event: PlayerEvent | PreferredChanged | DeviceEvent) => void

/** Everything at one moment, for the driver's own operator. */
export interface HostStatus {
  readonly sessions: readonly Owner[]
  readonly players: readonly (PlayerInfo & { readonly owner: Owner })[]
  readonly devices: readonly (DeviceInfo & { readonly shows: PlayerId | null })[]
}

export class DriverHost {
  readonly #players: PlayerTable
  readonly #devices: DeviceTable
  readonly #audience = new Audience()
  readonly limits: DriverLimits
  readonly #sessions = new Set<LocalDriver>()
  readonly #watchers = new Set<HostWatcher>()
  #open = true

  constructor(options: DriverHostOptions = {}) {
    this.limits = { ...defaultDriverLimits, ...options.limits }
    const emit: Emit = (event, owner) => {
      this.#devices.follow(event)
      this.#audience.tell(event, owner)
      for (const watcher of this.#watchers) watcher(event)
    }
    this.#players = new PlayerTable(emit)
    this.#devices = new DeviceTable({
      players: this.#players,
      emit: (event) => emit(event, null),
      limit: this.limits.devices,
      failed: options.deviceFailed ?? warn,
    })
  }

  /** A driver for one client. Its players live until it is closed. Throws `unavailable` after `close`. */
  session(owner: Owner = {}): LocalDriver {
    if (!this.#open) throw driverClosed()
    const parts = {
      players: this.#players,
      devices: this.#devices,
      audience: this.#audience,
      limits: this.limits,
    }
    const driver = new LocalDriver(parts, owner, () => this.#sessions.delete(driver))
    this.#sessions.add(driver)
    return driver
  }

  /**
   * Attaches a device, which is sent what it shows at once: everybody's players, or those that
   * `viewer` sees. Returns how to take it off again, which may be called twice. Throws
   * `device-in-use` while one of the same id is attached.
   */
  attach(device: Device, viewer: Owner | null = null): () => void {
    if (!this.#open) throw driverClosed()
    this.#devices.attach(device, viewer)
    return () => this.#devices.detach(device)
  }

  /**
   * `watcher` is told of everything that happens, of all users, in the moment in which it does; it must
   * not throw. Returns how to stop that.
   */
  watch(watcher: HostWatcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Which player a device shows; undefined when it is not attached. */
  shownOn(device: DeviceId): PlayerId | null | undefined {
    return this.#devices.shownOn(device)
  }

  status(): HostStatus {
    const players = this.#players
    return {
      sessions: [...this.#sessions].map((session) => session.owner),
      players: [...players.all()].map((player) => ({
        ...infoOf(player, players.preferred),
        owner: player.owner,
      })),
      devices: this.#devices
        .infos()
        .map((info) => ({ ...info, shows: this.#devices.shownOn(info.id) ?? null })),
    }
  }

  /** Clears the devices and lets them go, closes all sessions. Idempotent. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    for (const session of [...this.#sessions]) await session.close()
    this.#devices.detachAll()
  }
}

/** A device's fault is nobody's call to reject, and must not be lost. */
function warn(device: DeviceInfo, error: unknown): void {
  process.emitWarning(`device ${device.id} (${device.name ?? 'no name'}) failed: ${String(error)}`)
}
