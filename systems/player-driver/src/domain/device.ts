// What a driver needs of a device: who it is and where updates go. A device may be in this process
// or be another process's connection.
import type { DeviceUpdate } from './device-state.js'
import type { DeviceInfo } from './types.js'

export interface Device {
  readonly info: DeviceInfo
  /**
   * What changed on the device; the first update after attaching is the whole state. Called in order
   * and synchronously: must return soon, and must not call the driver back. A device that is slower
   * than its player keeps what it could not send, with `merged`. What it throws is reported and
   * changes nothing for other devices.
   */
  apply(update: DeviceUpdate): void
  /** The driver has let go of it; `reason` when that was not asked for. Called once, last; nothing is applied after. */
  detached(reason?: string): void
}
