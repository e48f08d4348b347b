// Device identity: a chain of version 5 uuids from the product line's root over vendor, product and
// serial number, so that a device keeps its id wherever and whenever it is attached.
import { createHash } from 'node:crypto'
import { invalid } from './errors.js'
import type { DeviceId } from './types.js'

/** Fixed by the original driver. Another root would give every device another id. */
const ROOT = deviceIdBytes('0e042ba4-82f1-4531-bd35-b455efebc627')

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The id of a device from its USB identity. Vendor and product are numbers of 16 bits. */
export function deviceIdOf(vendorId: number, productId: number, serialNumber: string): DeviceId {
  const vendor = uuid5(ROOT, fourHexDigits(vendorId, 'vendor_id'))
  const product = uuid5(vendor, fourHexDigits(productId, 'product_id'))
  return deviceIdFromBytes(uuid5(product, serialNumber))
}

/** Reads an id as people and JSON write it; upper case is accepted. Throws `invalid-argument`. */
export function parseDeviceId(text: unknown): DeviceId {
  const id = typeof text === 'string' ? text.toLowerCase() : ''
  if (!SHAPE.test(id)) throw invalid('invalid device_id: must be a uuid such as 0e042ba4-82f1-…')
  return id as DeviceId
}

/** Reads the 16 bytes of the first generation's wire. Throws `invalid-argument`. */
export function deviceIdFromBytes(bytes: unknown): DeviceId {
  if (!(bytes instanceof Uint8Array)) throw invalid('invalid param: device_id must be binary')
  if (bytes.length !== 16) throw invalid('invalid device_id: uuid binary must be 16 bytes')
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${parts.join('-')}-${hex.slice(20)}` as DeviceId
}

/** The 16 bytes of an id, in memory of their own. */
export function deviceIdBytes(id: DeviceId): Uint8Array {
  return Uint8Array.from(Buffer.from(id.replaceAll('-', ''), 'hex'))
}

/** RFC 9562, version 5: the first 16 bytes of SHA-1 over namespace and name, with six bits set. */
function uuid5(namespace: Uint8Array, name: string): Uint8Array {
  const digest = createHash('sha1').update(namespace).update(name, 'utf8').digest()
  const id = new Uint8Array(digest.subarray(0, 16))
  id[6] = ((id[6] as number) & 0x0f) | 0x50
  id[8] = ((id[8] as number) & 0x3f) | 0x80
  return id
}

function fourHexDigits(value: number, name: string): string {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw invalid(`invalid ${name}: must be an integer from 0 to 65535`)
  }
  return value.toString(16).padStart(4, '0')
}
