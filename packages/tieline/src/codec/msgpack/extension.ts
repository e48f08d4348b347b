// MessagePack's extension types: as they are, as the application's own classes, and type -1, the
// timestamp, as Date.
import { TielineError } from '../../errors.js'
import { TWO_32 } from './words.js'

const BRAND = Symbol.for('tieline.msgpack.extension')

/**
 * An extension value that no codec option claims: its type and its bytes, kept exactly, type 0 and
 * the types reserved by the specification included.
 */
export class Extension {
  /** -128 to 127; MessagePack keeps the negative ones for itself. */
  readonly type: number
  /** The body, without its header. */
  readonly data: Uint8Array
  readonly [BRAND] = true as const

  /** Throws `invalid-argument` when `type` is not an integer from -128 to 127. Keeps `data`, not a copy. */
  constructor(type: number, data: Uint8Array) {
    checkExtension(type, data)
    this.type = type
    this.data = data
  }
}

/** True also for an Extension of another copy of this package. */
export function isExtension(value: object): value is Extension {
  return (value as { [BRAND]?: unknown })[BRAND] === true
}

/** How values of one class travel as an extension type. */
export interface ExtensionType<T = unknown> {
  /** From -128 to 127. The specification leaves 0 to 127 to applications. */
  readonly type: number
  /** Whether the value is one of these. Asked for objects that are not plain and not arrays. */
  matches(value: object): boolean
  /** The value's bytes. They are copied, or sent from where they are when they are long. */
  encode(value: T): Uint8Array
  /** The value of these bytes, which are its own to keep. What it throws becomes `malformed`. */
  decode(data: Uint8Array): T
}

/** Also before an Extension is written: it may come from another copy, or from plain JavaScript. */
export function checkExtension(type: number, data: Uint8Array): void {
  checkType(type)
  if (data instanceof Uint8Array) return
  throw new TielineError('invalid-argument', 'the data of an Extension must be a Uint8Array')
}

export function checkType(type: number): void {
  if (Number.isInteger(type) && type >= -128 && type <= 127) return
  throw new TielineError(
    'invalid-argument',
    `an extension type must be an integer from -128 to 127, not ${String(type)}`,
  )
}

/** The value of an extension: the claimed class, a Date, or the Extension itself. */
export function decodeExtension(
  extensions: ReadonlyMap<number, ExtensionType>,
  type: number,
  data: Uint8Array,
): unknown {
  const extension = extensions.get(type)
  if (extension !== undefined) return extension.decode(data)
  return (type === TIMESTAMP ? dateOf(data) : undefined) ?? new Extension(type, data)
}

export const TIMESTAMP = -1
const TWO_34 = 4 * TWO_32
// The farthest moment, in milliseconds, that a Date can hold.
const LAST_DATE = 8.64e15

/** The data of a timestamp: 4 bytes for whole seconds until 2106, 8 until 2514, 12 for the rest. */
export function timestampOf(date: Date): Uint8Array {
  const time = date.getTime()
  if (Number.isNaN(time)) {
    throw new TielineError('invalid-argument', 'an invalid Date cannot be written as MessagePack')
  }
  const seconds = Math.floor(time / 1000)
  const nanoseconds = (time - seconds * 1000) * 1_000_000
  const data = new Uint8Array(12)
  const view = new DataView(data.buffer)
  if (seconds < 0 || seconds >= TWO_34) {
    view.setUint32(0, nanoseconds)
    view.setBigInt64(4, BigInt(seconds))
    return data
  }
  // 30 bits of nanoseconds, then 34 of seconds.
  const head = nanoseconds * 4 + Math.floor(seconds / TWO_32)
  view.setUint32(0, head)
  view.setUint32(4, seconds)
  return data.subarray(head === 0 ? 4 : 0, 8)
}

/** The Date of a timestamp; undefined where a Date would lose something or the data is not a timestamp. */
function dateOf(data: Uint8Array): Date | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  let seconds: number
  let nanoseconds = 0
  if (data.length === 4) {
    seconds = view.getUint32(0)
  } else if (data.length === 8) {
    const head = view.getUint32(0)
    nanoseconds = head >>> 2
    seconds = (head & 3) * TWO_32 + view.getUint32(4)
  } else if (data.length === 12) {
    nanoseconds = view.getUint32(0)
    seconds = Number(view.getBigInt64(4))
  } else {
    return undefined
  }
  if (nanoseconds > 999_999_999 || nanoseconds % 1_000_000 !== 0) return undefined
  const time = seconds * 1000 + nanoseconds / 1_000_000
  return Math.abs(time) <= LAST_DATE ? new Date(time) : undefined
}
