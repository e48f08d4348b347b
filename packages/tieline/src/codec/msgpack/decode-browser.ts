// What decode.ts is in a page: bundlers take this file in its place (`browser` in package.json). The same
// values and the same refusals in a third of the code, without what makes it fast.
import type { TielineError } from '../../errors.js'
import type { Limits } from '../../limits.js'
import { binaryAt } from '../binary.js'
import { INCOMPLETE, type SelfDelimitingCodec } from '../codec.js'
import { DEEPEST } from '../guard.js'
import { notMessagePack, tooDeep, tooManyBytes, tooManyElements } from '../refusals.js'
import { readText } from '../text.js'
import { decodeExtension, type ExtensionType } from './extension.js'
import {
  ARRAY16,
  ARRAY32,
  BIN8,
  EXT8,
  FIXARRAY,
  FIXEXT1,
  FIXSTR,
  FLOAT32,
  INT8,
  MAP16,
  NEGATIVE_FIXINT,
  NEVER_USED,
  NIL,
  STR8,
  TRUE,
  UINT8,
} from './format.js'
import type { MessageForm, MessageReader } from './message.js'

// Thrown when the bytes end inside a value.
const SHORT = Symbol('short')
/** Of the formats of 1, 2, 4 and 8 bytes, which follow one another, the one of 8. */
const WIDTH_8 = 3

/** `SelfDelimitingCodec.decodePrefix` for messages of a form. */
export function decoderOf<T>(
  form: MessageForm<T>,
  extensions: ReadonlyMap<number, ExtensionType>,
): SelfDelimitingCodec<T>['decodePrefix'] {
  return (bytes, start, limit, lent, limits, end) => {
    const last = Math.min(limit, start + limits.frameBytes)
    return new Decoder(extensions, bytes, start, last, lent, limits).message(form, end)
  }
}

/** Reads one message. */
class Decoder implements MessageReader {
  readonly #extensions: ReadonlyMap<number, ExtensionType>
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #start: number
  readonly #end: number
  readonly #lent: boolean
  readonly #limits: Limits
  #position: number
  #depth = 0
  #elements = 0
  /** Elements of the outermost array that are still to be read, or 1 for a value that is none. */
  #left = 1

  constructor(
    extensions: ReadonlyMap<number, ExtensionType>,
    bytes: Uint8Array,
    start: number,
    end: number,
    lent: boolean,
    limits: Limits,
  ) {
    this.#extensions = extensions
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#start = this.#position = start
    this.#end = end
    this.#lent = lent
    this.#limits = limits
  }

  message<T>(form: MessageForm<T>, end: { at: number }): T | typeof INCOMPLETE {
    try {
      const message = form.read(this)
      while (this.#left > 0) this.next()
      end.at = this.#position
      return message
    } catch (error) {
      if (error === SHORT) return INCOMPLETE
      throw error
    }
  }

  array(): number {
    const first = this.#uint(0)
    const fix = first >= FIXARRAY && first < FIXSTR
    if (!fix && first !== ARRAY16 && first !== ARRAY32) {
      this.#position--
      return -1
    }
    const count = fix ? first & 0x0f : this.#uint(first - ARRAY16 + 1)
    this.#enter(count, 1)
    this.#left = count
    return count
  }

  next(): unknown {
    if (this.#left === 0) return undefined
    this.#left--
    return this.#value()
  }

  #value(): unknown {
    const first = this.#uint(0)
    if (first < 0x80) return first
    if (first >= NEGATIVE_FIXINT) return first - 0x100
    if (first < FIXARRAY) return this.#map(first & 0x0f)
    if (first < FIXSTR) return this.#array(first & 0x0f)
    if (first < NIL) return this.#text(first & 0x1f)
    if (first === NIL) return null
    if (first === NEVER_USED) throw notMessagePack(first, this.#position - 1 - this.#start)
    // From here on a kind's formats follow one another by the width of their number or size.
    if (first < BIN8) return first === TRUE
    if (first < EXT8) return this.#binary(this.#uint(first - BIN8))
    if (first < FLOAT32) return this.#extension(this.#uint(first - EXT8))
    if (first === FLOAT32) return this.#view.getFloat32(this.#take(4))
    if (first < UINT8) return this.#view.getFloat64(this.#take(8))
    if (first < INT8) return this.#integer(first - UINT8, false)
    if (first < FIXEXT1) return this.#integer(first - INT8, true)
    if (first < STR8) return this.#extension(1 << (first - FIXEXT1))
    if (first < ARRAY16) return this.#text(this.#uint(first - STR8))
    if (first < MAP16) return this.#array(this.#uint(first - ARRAY16 + 1))
    return this.#map(this.#uint(first - MAP16 + 1))
  }

  /** Steps over `count` bytes that must be there, and returns where they begin. */
  #take(count: number): number {
    const at = this.#position
    if (count > this.#end - at) throw this.#short(count)
    this.#position = at + count
    return at
  }

  /** What to throw where at least `count` more bytes are needed than there are. */
  #short(count: number): TielineError | typeof SHORT {
    const { frameBytes } = this.#limits
    const atLeast = this.#position - this.#start + count
    return atLeast > frameBytes ? tooManyBytes(atLeast, frameBytes) : SHORT
  }

  /** A number of 1, 2 or 4 bytes. */
  #uint(width: number): number {
    const at = this.#take(1 << width)
    if (width === 0) return this.#view.getUint8(at)
    return width === 1 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  #integer(width: number, signed: boolean): number | bigint {
    if (width < WIDTH_8) {
      const unused = 32 - (8 << width)
      const value = this.#uint(width)
      return signed ? (value << unused) >> unused : value
    }
    const at = this.#take(8)
    const exact = signed ? this.#view.getBigInt64(at) : this.#view.getBigUint64(at)
    const value = Number(exact)
    return Number.isSafeInteger(value) ? value : exact
  }

  #text(length: number): string {
    return readText(this.#bytes, this.#take(length), length)
  }

  #binary(length: number): Uint8Array {
    const at = this.#take(length)
    return binaryAt(this.#bytes, at, at + length, this.#lent)
  }

  #extension(length: number): unknown {
    const type = this.#view.getInt8(this.#take(1))
    return decodeExtension(this.#extensions, type, this.#binary(length))
  }

  /** Each of the `count` elements or pairs is at least `bytesEach` long, so that many must be there. */
  #enter(count: number, bytesEach: number): void {
    const { depth, elements } = this.#limits
    const maxDepth = Math.min(depth, DEEPEST)
    if (++this.#depth > maxDepth) throw tooDeep(maxDepth)
    this.#elements += count
    if (this.#elements > elements) throw tooManyElements(this.#elements, elements)
    if (count * bytesEach > this.#end - this.#position) throw this.#short(count * bytesEach)
  }

  #array(count: number): unknown[] {
    this.#enter(count, 1)
    const array: unknown[] = []
    while (array.length < count) array.push(this.#value())
    this.#depth--
    return array
  }

  /** A plain object, or a Map from the first key on that is no text. */
  #map(count: number): unknown {
    this.#enter(count, 2)
    const object: Record<string, unknown> = {}
    let map: Map<unknown, unknown> | undefined
    for (let i = 0; i < count; i++) {
      const key = this.#value()
      if (typeof key !== 'string') map ??= new Map(Object.entries(object))
      const value = this.#value()
      if (key === '__proto__') continue
      if (map === undefined) object[key as string] = value
      else map.set(key, value)
    }
    this.#depth--
    return map ?? object
  }
}
