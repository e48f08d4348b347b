// Values to JSON text, straight into a sink as UTF-8. Not JSON.stringify: that drops what it cannot
// write (functions, NaN, a Map's entries) where this refuses it, and makes a string to copy.
import { ByteSink } from '../bytes.js'
import { binaryOf } from './binary.js'
import { enter, leave } from './guard.js'
import type { JsonKeys } from './json-keys.js'
import { refused } from './refusals.js'
import { SHORT_WRITE, textBytes, writePlain, writeText } from './text.js'

const NO_SINK = new ByteSink()
const EMPTY = {}
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN = 0x7b
const CLOSE = 0x7d
const MINUS = 0x2d
const ZERO = 0x30
/** The longest small integer: a sign and nine digits. Others are written by String. */
const SMALL = 1_000_000_000

/** Writes one value at a time. One at work cannot take a second value; `busy` tells. */
export class JsonEncoder {
  busy = false
  readonly #maxDepth: number
  readonly #keys: JsonKeys
  // Whether someone has given Object.prototype an enumerable property, which for-in would find.
  #inherited = false
  #sink = NO_SINK
  #bytes: Uint8Array = NO_SINK.bytes
  #position = 0
  #limit = 0
  #depth = 0

  /** `keys`: of all encoders of a codec. */
  constructor(maxDepth: number, keys: JsonKeys) {
    this.#maxDepth = maxDepth
    this.#keys = keys
  }

  /** Throws `invalid-argument`; the sink's position is then undefined, and the caller rolls back. */
  encode(value: unknown, sink: ByteSink): void {
    enter(sink)
    this.busy = true
    this.#sink = sink
    this.#bytes = sink.bytes
    this.#position = sink.position
    this.#limit = sink.bytes.length
    this.#depth = 0
    this.#inherited = false
    for (const _ in EMPTY) this.#inherited = true
    try {
      this.#value(value)
      sink.position = this.#position
    } finally {
      leave()
      this.#sink = NO_SINK
      this.#bytes = NO_SINK.bytes
      this.busy = false
    }
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#text(value)
        return
      case 'number':
        this.#number(value)
        return
      case 'boolean':
        this.#literal(value ? 'true' : 'false')
        return
      case 'undefined':
        this.#literal('null')
        return
      case 'object':
        if (value === null) this.#literal('null')
        else if (Array.isArray(value)) this.#array(value)
        else this.#object(value)
        return
      default:
        throw refused(`a ${typeof value}`, 'JSON')
    }
  }

  /** Makes sure that `count` more bytes can be written. */
  #room(count: number): void {
    if (this.#position + count <= this.#limit) return
    const sink = this.#sink
    sink.position = this.#position
    sink.room(count)
    this.#bytes = sink.bytes
    this.#position = sink.position
    this.#limit = sink.bytes.length
  }

  #byte(byte: number): void {
    this.#room(1)
    this.#bytes[this.#position++] = byte
  }

  /** Text that is ASCII and needs no quotes. */
  #literal(text: string): void {
    this.#room(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[this.#position++] = text.charCodeAt(i)
  }

  #number(value: number): void {
    if ((value | 0) !== value || value <= -SMALL || value >= SMALL || Object.is(value, -0)) {
      if (!Number.isFinite(value)) throw refused(String(value), 'JSON')
      this.#literal(Object.is(value, -0) ? '-0' : String(value))
      return
    }
    this.#room(11)
    const bytes = this.#bytes
    let left = value
    if (left < 0) {
      bytes[this.#position++] = MINUS
      left = -left
    }
    let digits = 1
    for (let power = 10; power <= left; power *= 10) digits++
    for (let at = this.#position + digits - 1; at >= this.#position; at--) {
      const rest = (left / 10) | 0
      bytes[at] = ZERO + left - rest * 10
      left = rest
    }
    this.#position += digits
  }

  #text(value: string): void {
    const length = value.length
    if (length <= SHORT_WRITE) {
      this.#room(length + 2)
      const bytes = this.#bytes
      const at = this.#position + 1
      let i = 0
      while (i < length) {
        const code = value.charCodeAt(i)
        if (code < 0x20 || code >= 0x80 || code === QUOTE || code === BACKSLASH) break
        bytes[at + i] = code
        i++
      }
      if (i === length) {
        bytes[at - 1] = QUOTE
        bytes[at + i] = QUOTE
        this.#position = at + i + 1
        return
      }
    }
    if (length > SHORT_WRITE && this.#plainText(value)) return
    const quoted = JSON.stringify(value)
    const size = textBytes(quoted)
    this.#room(size)
    writeText(this.#bytes, this.#position, quoted, size)
    this.#position += size
  }

  /** Writes a text that needs no escapes. JSON.stringify would look at each character, in a copy. */
  #plainText(value: string): boolean {
    this.#room(value.length + 2)
    const at = this.#position
    if (!writePlain(this.#bytes, this.#sink.view, at + 1, value)) return false
    this.#bytes[at] = QUOTE
    this.#position = at + value.length + 2
    this.#bytes[this.#position - 1] = QUOTE
    return true
  }

  #enter(): void {
    if (++this.#depth <= this.#maxDepth) return
    throw refused(
      `a cycle, or more than ${this.#maxDepth} arrays and objects inside one another,`,
      'JSON',
    )
  }

  #array(value: readonly unknown[]): void {
    this.#enter()
    this.#byte(0x5b)
    for (let i = 0; i < value.length; i++) {
      if (i > 0) this.#byte(COMMA)
      this.#value(value[i])
    }
    this.#byte(0x5d)
    this.#depth--
  }

  #object(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) this.#special(value)
    else if (this.#inherited) this.#properties(value)
    else this.#plain(value as Readonly<Record<string, unknown>>)
  }

  /** The usual object. for-in is faster than Object.keys, and the object inherits nothing. */
  #plain(value: Readonly<Record<string, unknown>>): void {
    this.#enter()
    let before = OPEN
    for (const key in value) {
      const item = value[key]
      if (item === undefined) continue
      this.#key(key, before)
      before = COMMA
      // Most values are one of these two; `value` would find them too.
      if (typeof item === 'string') this.#text(item)
      else if (typeof item === 'number') this.#number(item)
      else this.#value(item)
    }
    if (before === OPEN) this.#byte(OPEN)
    this.#byte(CLOSE)
    this.#depth--
  }

  /** A property's name, with what is before and behind it. */
  #key(name: string, before: number): void {
    const key = this.#keys.find(name)
    if (key.size === 0) {
      this.#byte(before)
      this.#text(name)
      this.#byte(COLON)
      return
    }
    // Whole words: up to three bytes more than it has.
    this.#room(1 + key.size + 3)
    this.#bytes[this.#position++] = before
    key.write(this.#sink.view, this.#position)
    this.#position += key.size
  }

  #properties(value: object): void {
    this.#enter()
    let before = OPEN
    for (const key of Object.keys(value)) {
      const item = (value as Readonly<Record<string, unknown>>)[key]
      if (item === undefined) continue
      this.#key(key, before)
      before = COMMA
      this.#value(item)
    }
    if (before === OPEN) this.#byte(OPEN)
    this.#byte(CLOSE)
    this.#depth--
  }

  /** An object that is neither plain nor an array. As in JSON.stringify, toJSON is asked once. */
  #special(value: object): void {
    if (binaryOf(value) !== undefined) throw refused('binary data (Uint8Array)', 'JSON')
    const { toJSON } = value as { toJSON?: unknown }
    const written: unknown = typeof toJSON === 'function' ? toJSON.call(value, '') : value
    if (typeof written !== 'object' || written === null || Array.isArray(written)) {
      this.#value(written)
      return
    }
    // Built-in classes have no properties worth sending: a Map or an Error would arrive empty.
    const tag = Object.prototype.toString.call(written)
    if (tag !== '[object Object]') throw refused(`${tag.slice(8, -1)} (not plain data)`, 'JSON')
    this.#properties(written)
  }
}
