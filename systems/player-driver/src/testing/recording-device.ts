// A device that remembers what it was told, for tests.
import type { Device } from '../domain/device.js'
import { deviceIdOf } from '../domain/device-id.js'
import {
  clearedDevice,
  type DeviceState,
  type DeviceUpdate,
  updated,
} from '../domain/device-state.js'
import type { DeviceInfo } from '../domain/types.js'

export class RecordingDevice implements Device {
  readonly info: DeviceInfo
  readonly updates: DeviceUpdate[] = []
  detachedTimes = 0

  constructor(serialNumber: string) {
    const [vendorId, productId] = [0xfffe, 0x7e57]
    this.info = {
      id: deviceIdOf(vendorId, productId, serialNumber),
      vendorId,
      productId,
      name: `Device ${serialNumber}`,
      manufacturer: null,
      serialNumber,
    }
  }

  /** What it shows: all updates on top of each other. */
  get state(): DeviceState {
    return this.updates.reduce(updated, clearedDevice)
  }

  apply(update: DeviceUpdate): void {
    this.updates.push(update)
  }

  detached(): void {
    this.detachedTimes += 1
  }
}
