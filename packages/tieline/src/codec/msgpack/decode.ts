// MessagePack to values, in place: a position moves over the chunk and nothing is cut out of it.
import type { TielineError } from '../../errors.js'
import type { Limits } from '../../limits.js'
import { binaryAt } from '../binary.js'
import { INCOMPLETE, type SelfDelimitingCodec } from '../codec.js'
import { DEEPEST } from '../guard.js'
import { Key, KeyTable, LONGEST_KEY, looseKey } from '../keys.js'
import { objectFor } from '../objects.js'
import { notMessagePack, tooDeep, tooManyBytes, tooManyElements } from '../refusals.js'
import { readText } from '../text.js'
import { decodeExtension, type ExtensionType } from './extension.js'
import {
  ARRAY16,
  ARRAY32,
  BIN8,
  BIN16,
  BIN32,
  EXT8,
  EXT16,
  EXT32,
  FALSE,
  FIXARRAY,
  FIXEXT1,
  FIXEXT2,
  FIXEXT4,
  FIXEXT8,
  FIXEXT16,
  FIXSTR,
  FLOAT32,
  FLOAT64,
  INT8,
  INT16,
  INT32,
  INT64,
  MAP16,
  MAP32,
  NEGATIVE_FIXINT,
  NIL,
  STR8,
  STR16,
  STR32,
  TRUE,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
} from './format.js'
import type { MessageForm, MessageReader } from './message.js'
import { readDouble, readFloat, readInt64 } from './numbers.js'
import { readInt32, readUint16 } from './words.js'

const NO_BYTES = new Uint8Array(0)
const NO_VIEW = new DataView(NO_BYTES.buffer)
/** The view of a chunk is kept for the next message in it, but keeps no more memory than a socket's read buffer. */
const VIEW_KEPT_BYTES = 256 * 1024
// Thrown when the bytes end inside a value. Not an Error: it would collect a stack that nobody sees.
const SHORT = Symbol('short')

/** `SelfDelimitingCodec.decodePrefix` for messages of a form. */
export function decoderOf<T>(
  form: MessageForm<T>,
  extensions: ReadonlyMap<number, ExtensionType>,
): SelfDelimitingCodec<T>['decodePrefix'] {
  const keys = new KeyTable()
  const usual = new Decoder(extensions, keys)
  return (bytes, start, limit, lent, limits, end) => {
    // An extension type may decode while the usual one is at work.
    const decoder = usual.busy ? new Decoder(extensions, keys) : usual
    return decoder.decode(form, bytes, start, limit, lent, limits, end)
  }
}

/** Reads one message at a time. One at work cannot read a second; `busy` tells. */
class Decoder implements MessageReader {
  busy = false
  readonly #extensions: ReadonlyMap<number, ExtensionType>
  readonly #keys: KeyTable
  #bytes: Uint8Array = NO_BYTES
  /** The memory of `#viewed`, to read several bytes at once. */
  #view: DataView = NO_VIEW
  #viewed: Uint8Array = NO_BYTES
  #start = 0
  #position = 0
  #end = 0
  #lent = false
  #depth = 0
  #maxDepth = 0
  #elements = 0
  #maxElements = 0
  #maxBytes = 0
  /** Elements of the outermost array that are still to be read, or 1 for a value that is none. */
  #left = 0

  constructor(extensions: ReadonlyMap<number, ExtensionType>, keys: KeyTable) {
    this.#extensions = extensions
    this.#keys = keys
  }

  decode<T>(
    form: MessageForm<T>,
    bytes: Uint8Array,
    start: number,
    limit: number,
    lent: boolean,
    limits: Limits,
    end: { at: number },
  ): T | typeof INCOMPLETE {
    this.busy = true
    this.#bytes = bytes
    if (bytes !== this.#viewed) this.#see(bytes)
    this.#start = start
    this.#position = start
    this.#lent = lent
    this.#depth = 0
    this.#elements = 0
    this.#maxDepth = limits.depth < DEEPEST ? limits.depth : DEEPEST
    this.#maxElements = limits.elements
    this.#maxBytes = limits.frameBytes
    this.#end = limit - start > limits.frameBytes ? start + limits.frameBytes : limit
    this.#left = 1
    try {
      const message = form.read(this)
      while (this.#left > 0) this.next()
      end.at = this.#position
      return message
    } catch (error) {
      if (error === SHORT) return INCOMPLETE
      throw error
    } finally {
      this.#bytes = NO_BYTES
      this.busy = false
      if (!lent || bytes.length > VIEW_KEPT_BYTES) this.#see(NO_BYTES)
    }
  }

  #see(bytes: Uint8Array): void {
    this.#viewed = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  array(): number {
    if (this.#position >= this.#end) throw this.#short(1)
    const first = this.#bytes[this.#position] as number
    let count: number
    if (first >= FIXARRAY && first < FIXSTR) {
      this.#position++
      count = first & 0x0f
    } else if (first === ARRAY16 || first === ARRAY32) {
      this.#position++
      count = first === ARRAY16 ? this.#uint16() : this.#uint32()
    } else {
      return -1
    }
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
    if (this.#position >= this.#end) throw this.#short(1)
    const first = this.#bytes[this.#position++] as number
    if (first < 0x80) return first
    if (first >= NEGATIVE_FIXINT) return first - 0x100
    if (first < FIXARRAY) return this.#map(first & 0x0f)
    if (first < FIXSTR) return this.#array(first & 0x0f)
    if (first < NIL) return this.#text(first & 0x1f)
    return this.#other(first)
  }

  #other(first: number): unknown {
    switch (first) {
      case NIL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case FLOAT64:
        return readDouble(this.#bytes, this.#take(8))
      case FLOAT32:
        return readFloat(this.#bytes, this.#take(4))
      case UINT8:
        return this.#uint8()
      case UINT16:
        return this.#uint16()
      case UINT32:
        return this.#uint32()
      case UINT64:
        return readInt64(this.#bytes, this.#take(8), false)
      case INT8:
        return (this.#uint8() << 24) >> 24
      case INT16:
        return (this.#uint16() << 16) >> 16
      case INT32:
        return readInt32(this.#bytes, this.#take(4))
      case INT64:
        return readInt64(this.#bytes, this.#take(8), true)
      case STR8:
        return this.#text(this.#uint8())
      case STR16:
        return this.#text(this.#uint16())
      case STR32:
        return this.#text(this.#uint32())
      case BIN8:
        return this.#binary(this.#uint8())
      case BIN16:
        return this.#binary(this.#uint16())
      case BIN32:
        return this.#binary(this.#uint32())
      case ARRAY16:
        return this.#array(this.#uint16())
      case ARRAY32:
        return this.#array(this.#uint32())
      case MAP16:
        return this.#map(this.#uint16())
      case MAP32:
        return this.#map(this.#uint32())
      case FIXEXT1:
        return this.#extension(1)
      case FIXEXT2:
        return this.#extension(2)
      case FIXEXT4:
        return this.#extension(4)
      case FIXEXT8:
        return this.#extension(8)
      case FIXEXT16:
        return this.#extension(16)
      case EXT8:
        return this.#extension(this.#uint8())
      case EXT16:
        return this.#extension(this.#uint16())
      case EXT32:
        return this.#extension(this.#uint32())
    }
    throw notMessagePack(first, this.#position - 1 - this.#start)
  }

  /** Steps over `count` bytes that must be there, and returns where they begin. */
  #take(count: number): number {
    const at = this.#position
    if (count > this.#end - at) throw this.#short(count)
    this.#position = at + count
    return at
  }

  #shortAt(at: number, count: number): TielineError | typeof SHORT {
    this.#position = at
    return this.#short(count)
  }

  /** What to throw where at least `count` more bytes are needed than there are. */
  #short(count: number): TielineError | typeof SHORT {
    const atLeast = this.#position - this.#start + count
    return atLeast > this.#maxBytes ? tooManyBytes(atLeast, this.#maxBytes) : SHORT
  }

  #uint8(): number {
    return this.#bytes[this.#take(1)] as number
  }

  #uint16(): number {
    return readUint16(this.#bytes, this.#take(2))
  }

  #uint32(): number {
    return readInt32(this.#bytes, this.#take(4)) >>> 0
  }

  #text(length: number): string {
    const at = this.#take(length)
    // In the outermost array of a message stand names that come again and again, as its method: from
    // the table they are the very strings that a Map of methods already knows.
    if (this.#depth === 1 && length <= LONGEST_KEY) {
      return this.#keys.read(this.#bytes, at, length).text
    }
    return readText(this.#bytes, at, length)
  }

  #binary(length: number): Uint8Array {
    const at = this.#take(length)
    return binaryAt(this.#bytes, at, at + length, this.#lent)
  }

  #extension(length: number): unknown {
    const type = (this.#uint8() << 24) >> 24
    return decodeExtension(this.#extensions, type, this.#binary(length))
  }

  /** Each of the `count` elements or pairs is at least `bytesEach` long, so that many must be there. */
  #enter(count: number, bytesEach: number): void {
    if (++this.#depth > this.#maxDepth) throw tooDeep(this.#maxDepth)
    this.#elements += count
    if (this.#elements > this.#maxElements) throw tooManyElements(this.#elements, this.#maxElements)
    if (count * bytesEach > this.#end - this.#position) throw this.#short(count * bytesEach)
  }

  #array(count: number): unknown[] {
    this.#enter(count, 1)
    const array = this.#elementsOf(count)
    this.#depth--
    return array
  }

  #elementsOf(count: number): unknown[] {
    // An array that is pushed to begins with room for seventeen. The usual short ones are made as they are.
    if (count === 1) return [this.#value()]
    if (count === 2) return [this.#value(), this.#value()]
    if (count === 3) return [this.#value(), this.#value(), this.#value()]
    // Grown and not made at its length: headers inside headers could promise far more than is there.
    const array: unknown[] = []
    for (let i = 0; i < count; i++) array.push(this.#value())
    return array
  }

  // The position and the usual kinds of keys and values are dealt with here, not one call down: this
  // is where most of a message's time goes.
  #map(count: number): unknown {
    this.#enter(count, 2)
    const bytes = this.#bytes
    const view = this.#view
    const keys = this.#keys
    const end = this.#end
    const object = objectFor(count)
    let at = this.#position
    for (let i = 0; i < count; i++) {
      let key = keys.last.next
      if (key.size > 0 && at + 8 <= end && key.standsAt(view, at)) {
        keys.last = key
        at += key.size
      } else {
        this.#position = at
        const found = this.#key()
        if (!(found instanceof Key)) return this.#mapOf(object, found, count - i)
        key = found
        at = this.#position
      }
      if (at >= end) throw this.#shortAt(at, 1)
      const first = bytes[at] as number
      let value: unknown
      if (first < 0x80) {
        value = first
        at++
      } else if (first >= FIXSTR && first < NIL) {
        const length = first & 0x1f
        if (++at + length > end) throw this.#shortAt(at, length)
        value = readText(bytes, at, length)
        at += length
      } else {
        this.#position = at
        value = this.#value()
        at = this.#position
      }
      key.set(object, key.text, value)
    }
    this.#position = at
    this.#depth--
    return object
  }

  /** The key at the position; one that is not a string, as it is. */
  #key(): unknown {
    if (this.#position >= this.#end) throw this.#short(1)
    const first = this.#bytes[this.#position] as number
    if (first >= FIXSTR && first < NIL) {
      const length = first & 0x1f
      this.#position++
      const at = this.#take(length)
      return this.#keys.read(this.#bytes, at, length)
    }
    const any = this.#value()
    return typeof any === 'string' ? looseKey(any) : any
  }

  /** A map with a key that is not a string: what was read of it, and the rest. */
  #mapOf(object: Record<string, unknown>, first: unknown, left: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>(Object.entries(object))
    let key = first
    for (let i = 0; i < left; i++) {
      if (i > 0) key = this.#value()
      const value = this.#value()
      if (key !== '__proto__') map.set(key, value)
    }
    this.#depth--
    return map
  }
}
