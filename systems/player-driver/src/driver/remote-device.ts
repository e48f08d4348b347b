// A device at the other end of a connection: sent one update at a time. What changes until the answer
// comes is merged into the next, so that a slow display skips states and never falls behind.
import type { Client } from 'tieline'
import type { Device } from '../domain/device.js'
import { deviceIdBytes } from '../domain/device-id.js'
import { type DeviceUpdate, merged } from '../domain/device-state.js'
import type { DeviceInfo } from '../domain/types.js'
import type { PlayerDriverClient } from '../ipc/contract.js'
import { writeDeviceUpdate } from '../ipc/wire-listings.js'
import { reasonOf } from './answers.js'

export interface RemoteDeviceOptions {
  readonly info: DeviceInfo
  readonly client: Client<typeof PlayerDriverClient>
  /** Milliseconds that the client has for each answer. */
  readonly answerMs: number
  /** Told once, when the client fails: see `reasonOf`. Nothing is sent after. */
  readonly failed: (reason: string | undefined) => void
}

export class RemoteDevice implements Device {
  readonly #options: RemoteDeviceOptions
  #waiting: DeviceUpdate | undefined
  #sending = false
  #attached = true

  constructor(options: RemoteDeviceOptions) {
    this.#options = options
  }

  get info(): DeviceInfo {
    return this.#options.info
  }

  apply(update: DeviceUpdate): void {
    this.#waiting = this.#waiting ? merged(this.#waiting, update) : update
    if (!this.#sending) void this.#send()
  }

  detached(): void {
    this.#attached = false
    this.#waiting = undefined
  }

  async #send(): Promise<void> {
    const { info, client, answerMs, failed } = this.#options
    this.#sending = true
    // A player tells one change in several calls; what one chunk of them brings goes out together.
    await Promise.resolve()
    try {
      while (this.#attached && this.#waiting) {
        const update = writeDeviceUpdate(this.#waiting)
        this.#waiting = undefined
        await client.device_update(
          { device_id: deviceIdBytes(info.id), update },
          { timeout: answerMs },
        )
      }
      this.#sending = false
    } catch (error) {
      // `sending` stays set: a device that failed is sent nothing more.
      if (this.#attached) failed(reasonOf(error, 'device_update', answerMs))
    }
  }
}
