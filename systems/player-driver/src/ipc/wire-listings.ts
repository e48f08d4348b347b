// Players, devices and what changed on a device, as the methods beyond generation 1 write them.
import { checkPlayerId, checkStatus, checkText } from '../domain/check.js'
import { deviceIdBytes, deviceIdFromBytes, deviceIdOf } from '../domain/device-id.js'
import type { DeviceUpdate } from '../domain/device-state.js'
import { invalid, tooLong } from '../domain/errors.js'
import type { DriverLimits } from '../domain/limits.js'
import type { DeviceId, DeviceInfo, PlayerInfo, TrackTexts } from '../domain/types.js'
import {
  ANY_LENGTH,
  mapOf,
  readState,
  readTimeline,
  refuseOtherKeys,
  TEXT_KEYS,
  type WireState,
  type WireTimeline,
  writeState,
  writeTimeline,
} from './wire-values.js'

export interface WirePlayer {
  readonly player_id: number
  readonly self_id: string
  readonly state: WireState
  readonly assigned_device: Uint8Array | null
  readonly preferred: boolean
}

export interface WireDevice {
  /** Follows from vendor, product and serial number. */
  readonly device_id: Uint8Array
  readonly vendor_id: number
  readonly product_id: number
  readonly name: string | null
  readonly manufacturer: string | null
  readonly serial_number: string | null
}

/** A key that is not there has not changed. */
export interface WireDeviceUpdate {
  readonly status?: number
  readonly timeline?: WireTimeline | null
  readonly texts?: Partial<TrackTexts>
  /** The texts of what plays next. */
  readonly queue?: Partial<TrackTexts>
}

export function writePlayer(info: PlayerInfo): WirePlayer {
  return {
    player_id: info.player,
    self_id: info.selfId,
    state: writeState(info.state),
    assigned_device: writeDeviceId(info.assignedDevice),
    preferred: info.preferred,
  }
}

export function readPlayer(value: unknown): PlayerInfo {
  const map = mapOf(value, 'invalid player: expected map')
  if (typeof map.self_id !== 'string') throw invalid('invalid self_id: must be string')
  return {
    player: checkPlayerId(map.player_id),
    selfId: map.self_id,
    state: readState(map.state, ANY_LENGTH),
    assignedDevice: readDeviceId(map.assigned_device),
    preferred: map.preferred === true,
  }
}

export function writeDevice(info: DeviceInfo): WireDevice {
  return {
    device_id: deviceIdBytes(info.id),
    vendor_id: info.vendorId,
    product_id: info.productId,
    name: info.name,
    manufacturer: info.manufacturer,
    serial_number: info.serialNumber,
  }
}

/** A device as a driver tells of it. */
export function readDevice(value: unknown): DeviceInfo {
  const map = mapOf(value, 'invalid device: expected map')
  return { id: deviceIdFromBytes(map.device_id), ...readIdentity(map, ANY_LENGTH) }
}

/**
 * A device as a client offers it. Its id follows from vendor, product and serial number: nobody can
 * take the place of another device by claiming its id.
 */
export function readOffer(value: unknown, limits: DriverLimits): DeviceInfo {
  const map = mapOf(value, 'invalid device: expected map')
  const identity = readIdentity(map, limits)
  const { vendorId, productId, serialNumber } = identity
  const id = deviceIdOf(vendorId, productId, serialNumber ?? '')
  if (map.device_id !== undefined && deviceIdFromBytes(map.device_id) !== id) {
    throw invalid('invalid device_id: not the one of this vendor, product and serial number')
  }
  return { id, ...identity }
}

export function writeDeviceUpdate(update: DeviceUpdate): WireDeviceUpdate {
  const { status, timeline, texts, queue } = update
  return {
    ...(status === undefined ? {} : { status }),
    ...(timeline === undefined ? {} : { timeline: writeTimeline(timeline) }),
    ...(texts === undefined ? {} : { texts }),
    ...(queue === undefined ? {} : { queue }),
  }
}

/** Ignores keys that it does not know: a driver of a newer minor version sends them. */
export function readDeviceUpdate(value: unknown): DeviceUpdate {
  const { status, timeline, texts, queue } = mapOf(value, 'invalid device update: expected map')
  return {
    ...(status === undefined ? {} : { status: checkStatus(status) }),
    ...(timeline === undefined ? {} : { timeline: readTimeline(timeline) }),
    ...(texts === undefined ? {} : { texts: readTexts(texts) }),
    ...(queue === undefined ? {} : { queue: readTexts(queue) }),
  }
}

export function writeDeviceId(id: DeviceId | null): Uint8Array | null {
  return id === null ? null : deviceIdBytes(id)
}

export function readDeviceId(value: unknown): DeviceId | null {
  return value === null || value === undefined ? null : deviceIdFromBytes(value)
}

function readTexts(value: unknown): Partial<TrackTexts> {
  const map = mapOf(value, 'invalid texts: texts must be map')
  refuseOtherKeys(map, TEXT_KEYS, 'invalid text key')
  const texts = Object.entries(map).map(([key, text]) => [key, checkText(text, ANY_LENGTH, key)])
  return Object.fromEntries(texts) as Partial<TrackTexts>
}

function readIdentity(
  map: Readonly<Record<string, unknown>>,
  limits: DriverLimits,
): Omit<DeviceInfo, 'id'> {
  return {
    vendorId: map.vendor_id as number,
    productId: map.product_id as number,
    name: named(map.name, 'name', limits),
    manufacturer: named(map.manufacturer, 'manufacturer', limits),
    serialNumber: named(map.serial_number, 'serial_number', limits),
  }
}

/** Names of a device are bounded as a player's own is. */
function named(value: unknown, what: string, limits: DriverLimits): string | null {
  const text = checkText(value, ANY_LENGTH, what)
  if (text !== null && text.length > limits.selfIdChars) {
    throw tooLong(what, text.length, limits.selfIdChars)
  }
  return text
}
