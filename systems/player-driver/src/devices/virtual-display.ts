// A device without hardware: it keeps what it was sent and computes what it shows from that and the
// time, so that a running track needs no message per second.

import type { Device } from '../domain/device.js'
import { deviceIdOf } from '../domain/device-id.js'
import {
  clearedDevice,
  type DeviceState,
  type DeviceUpdate,
  updated,
} from '../domain/device-state.js'
import { type DeviceInfo, Status, type TrackTexts } from '../domain/types.js'
import { positionAt, rebased } from './position.js'

/** What is on a display at one moment. */
export interface Shown {
  readonly status: Status
  readonly texts: TrackTexts
  readonly queue: TrackTexts
  /** Milliseconds into the track; null: the player told none. */
  readonly positionMs: number | null
  /** Null: not known, as with a radio station. */
  readonly durationMs: number | null
  /** Track seconds per second; 0 while it stands. */
  readonly rate: number
}

/**
 * Virtual devices are of one invented vendor and product and differ in the serial number. 0xfffe and
 * 0x0001: no USB vendor has this number, so no real device gets the same id.
 */
const VENDOR = 0xfffe
const PRODUCT = 0x0001

export interface VirtualDisplayOptions {
  /** Tells displays apart: the same serial number is the same device. */
  readonly serialNumber: string
  readonly name?: string
  /** Unix milliseconds. */
  readonly now?: () => number
  /** After each update, and once when the driver lets go. */
  readonly changed?: () => void
}

export function virtualDisplayInfo(serialNumber: string, name?: string): DeviceInfo {
  return {
    id: deviceIdOf(VENDOR, PRODUCT, serialNumber),
    vendorId: VENDOR,
    productId: PRODUCT,
    name: name ?? 'Terminal display',
    manufacturer: 'Tieline',
    serialNumber,
  }
}

export class VirtualDisplay implements Device {
  readonly info: DeviceInfo
  readonly #now: () => number
  readonly #changed: () => void
  #state: DeviceState = clearedDevice
  #attached = true

  constructor(options: VirtualDisplayOptions) {
    this.info = virtualDisplayInfo(options.serialNumber, options.name)
    this.#now = options.now ?? Date.now
    this.#changed = options.changed ?? (() => {})
  }

  /** False once the driver has let go of it, until it is attached again: it shows what it had. */
  get attached(): boolean {
    return this.#attached
  }

  apply(update: DeviceUpdate): void {
    this.#attached = true
    const before = this.#state
    this.#state = updated(before, update)
    // A player may tell a pause without telling where. It is where this display has it now.
    if (update.timeline === undefined && update.status !== undefined && before.timeline !== null) {
      const timeline = rebased(before.timeline, before.status, this.#now())
      this.#state = { ...this.#state, timeline }
    }
    this.#changed()
  }

  detached(): void {
    this.#attached = false
    this.#changed()
  }

  /** What to show at a moment, in Unix milliseconds. */
  shown(now: number = this.#now()): Shown {
    return shownAt(this.#state, now)
  }
}

export function shownAt(state: DeviceState, now: number): Shown {
  const { status, texts, queue, timeline } = state
  const runs = status === Status.Playing && timeline !== null
  return {
    status,
    texts,
    queue,
    positionMs: timeline === null ? null : positionAt(timeline, status, now),
    durationMs: timeline === null || timeline.durationMs === 0 ? null : timeline.durationMs,
    rate: runs ? timeline.rate : 0,
  }
}
