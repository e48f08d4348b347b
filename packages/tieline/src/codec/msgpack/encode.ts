// Values to MessagePack, straight into a sink. The hottest code of the project: bytes and position
// are held here and given back to the sink only where it is called.
import { ByteSink } from '../../bytes.js'
import type { Codec } from '../codec.js'
import { enter, leave } from '../guard.js'
import { KeysToWrite } from '../keys.js'
import { refused } from '../refusals.js'
import { SHORT_WRITE, textBytes, writeText } from '../text.js'
import { type ExtensionType, isExtension } from './extension.js'
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
  FIXMAP,
  FIXSTR,
  MAP16,
  MAP32,
  NIL,
  STR8,
  STR16,
  STR32,
  TRUE,
} from './format.js'
import type { MessageForm, MessageWriter } from './message.js'
import { LONGEST_NUMBER, writeBigint, writeNumber } from './numbers.js'
import { special } from './special.js'
import { TWO_32, writeUint32 } from './words.js'

const NO_SINK = new ByteSink()
const EMPTY = {}
/** The longest header of a size: a format byte and four bytes. */
const LONGEST_HEADER = 5

/** `Codec.encode` for messages of a form. The sink's position is undefined when it throws; the caller rolls back. */
export function encoderOf<T>(
  form: MessageForm<T>,
  extensions: readonly ExtensionType[],
  maxDepth: number,
): Codec<T>['encode'] {
  const keys = new KeysToWrite()
  const usual = new Encoder(extensions, maxDepth, keys)
  return (message, sink) => {
    // A getter or an extension type may encode while the usual one is at work.
    const encoder = usual.busy ? new Encoder(extensions, maxDepth, keys) : usual
    encoder.encode(form, message, sink)
  }
}

/** Writes one message at a time. One at work cannot take a second; `busy` tells. */
class Encoder implements MessageWriter {
  busy = false
  readonly #extensions: readonly ExtensionType[]
  readonly #maxDepth: number
  readonly #keys: KeysToWrite
  // Whether someone has given Object.prototype an enumerable property, which for-in would find.
  #inherited = false
  #sink = NO_SINK
  #bytes: Uint8Array = NO_SINK.bytes
  #view: DataView = NO_SINK.view
  #position = 0
  #limit = 0
  #depth = 0

  constructor(extensions: readonly ExtensionType[], maxDepth: number, keys: KeysToWrite) {
    this.#extensions = extensions
    this.#keys = keys
    this.#maxDepth = maxDepth
  }

  encode<T>(form: MessageForm<T>, message: T, sink: ByteSink): void {
    enter(sink)
    this.busy = true
    this.#sink = sink
    this.#bytes = sink.bytes
    this.#view = sink.view
    this.#position = sink.position
    this.#limit = sink.bytes.length
    this.#depth = 0
    this.#inherited = false
    for (const _ in EMPTY) this.#inherited = true
    try {
      form.write(message, this)
      sink.position = this.#position
    } finally {
      leave()
      this.#sink = NO_SINK
      this.#bytes = NO_SINK.bytes
      this.#view = NO_SINK.view
      this.busy = false
    }
  }

  array(count: number): void {
    this.#enter()
    this.#count(count, FIXARRAY, ARRAY16, ARRAY32)
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.text(value)
        return
      case 'number':
        this.number(value)
        return
      case 'boolean':
        this.#byte(value ? TRUE : FALSE)
        return
      case 'undefined':
        this.#byte(NIL)
        return
      case 'object':
        if (value === null) this.#byte(NIL)
        else if (Array.isArray(value)) this.#array(value)
        else this.#object(value)
        return
      case 'bigint':
        if (this.#position + LONGEST_NUMBER > this.#limit) this.#more(LONGEST_NUMBER)
        this.#position = writeBigint(this.#bytes, this.#position, value)
        return
      default:
        throw refused(`a ${typeof value}`, 'MessagePack')
    }
  }

  /** Makes room for `count` bytes; needed only when they do not fit before `#limit`. */
  #more(count: number): void {
    const sink = this.#sink
    sink.position = this.#position
    sink.room(count)
    this.#bytes = sink.bytes
    this.#view = sink.view
    this.#position = sink.position
    this.#limit = sink.bytes.length
  }

  #byte(byte: number): void {
    if (this.#position >= this.#limit) this.#more(1)
    this.#bytes[this.#position++] = byte
  }

  number(value: number): void {
    if (this.#position + LONGEST_NUMBER > this.#limit) this.#more(LONGEST_NUMBER)
    this.#position = writeNumber(this.#bytes, this.#position, value)
  }

  text(value: string): void {
    const length = value.length
    if (length <= SHORT_WRITE) {
      if (this.#position + 2 + length > this.#limit) this.#more(2 + length)
      const bytes = this.#bytes
      let at = this.#position
      if (length < 32) {
        bytes[at++] = FIXSTR | length
      } else {
        bytes[at++] = STR8
        bytes[at++] = length
      }
      let i = 0
      while (i < length) {
        const code = value.charCodeAt(i)
        if (code >= 0x80) break
        bytes[at + i] = code
        i++
      }
      if (i === length) {
        this.#position = at + length
        return
      }
    }
    const size = textBytes(value)
    if (size < 32) this.#byte(FIXSTR | size)
    else this.#header(size, STR8, STR16, STR32)
    if (this.#position + size > this.#limit) this.#more(size)
    writeText(this.#bytes, this.#position, value, size)
    this.#position += size
  }

  /** A format byte and a size of one, two or four bytes. `format8` is 0 where there is no such format. */
  #header(size: number, format8: number, format16: number, format32: number): void {
    if (this.#position + LONGEST_HEADER > this.#limit) this.#more(LONGEST_HEADER)
    const bytes = this.#bytes
    const at = this.#position
    if (size < 0x100 && format8 !== 0) {
      bytes[at] = format8
      bytes[at + 1] = size
      this.#position = at + 2
    } else if (size < 0x10000) {
      bytes[at] = format16
      bytes[at + 1] = size >>> 8
      bytes[at + 2] = size
      this.#position = at + 3
    } else if (size < TWO_32) {
      bytes[at] = format32
      writeUint32(bytes, at + 1, size)
      this.#position = at + 5
    } else {
      throw refused(`a value of ${size} bytes, more than 2^32-1,`, 'MessagePack')
    }
  }

  /** The header of an array or map. */
  #count(count: number, fix: number, format16: number, format32: number): void {
    if (count < 16) this.#byte(fix | count)
    else this.#header(count, 0, format16, format32)
  }

  #append(data: Uint8Array): void {
    const sink = this.#sink
    sink.position = this.#position
    sink.append(data)
    this.#bytes = sink.bytes
    this.#view = sink.view
    this.#position = sink.position
    this.#limit = sink.bytes.length
  }

  #enter(): void {
    if (++this.#depth <= this.#maxDepth) return
    throw refused(
      `a cycle, or more than ${this.#maxDepth} arrays and maps inside one another,`,
      'MessagePack',
    )
  }

  #array(value: readonly unknown[]): void {
    const length = value.length
    this.array(length)
    for (let i = 0; i < length; i++) this.value(value[i])
    this.#depth--
  }

  #object(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) this.#special(value)
    else if (this.#inherited) this.#properties(value as Record<string, unknown>)
    else this.#plain(value as Record<string, unknown>)
  }

  /** The usual object. for-in is twice as fast as Object.keys, and the object inherits nothing. */
  #plain(value: Readonly<Record<string, unknown>>): void {
    let most = 0
    for (const _ in value) most++
    if (most >= 16) {
      this.#properties(value)
      return
    }
    this.#enter()
    this.#byte(FIXMAP)
    // The count is filled in at the end, when it is known how many values were undefined.
    const head = this.#bytes
    const at = this.#position - 1
    let count = 0
    for (const key in value) {
      const item = value[key]
      if (item === undefined) continue
      this.#key(key)
      // Most values are one of these two; `value` would find them too.
      if (typeof item === 'string') this.text(item)
      else if (typeof item === 'number') this.number(item)
      else this.value(item)
      count++
    }
    if (count > most) throw refused('an object that changes while it is written', 'MessagePack')
    head[at] = FIXMAP | count
    this.#depth--
  }

  #key(name: string): void {
    const key = this.#keys.find(name)
    if (key.size === 0) {
      this.text(name)
      return
    }
    if (this.#position + 8 > this.#limit) this.#more(8)
    key.write(this.#view, this.#position)
    this.#position += key.size
  }

  #properties(value: Readonly<Record<string, unknown>>): void {
    this.#enter()
    const keys = Object.keys(value).filter((key) => value[key] !== undefined)
    this.#count(keys.length, FIXMAP, MAP16, MAP32)
    for (const key of keys) {
      this.text(key)
      this.value(value[key])
    }
    this.#depth--
  }

  /** Everything that is an object and neither plain nor an array. */
  #special(value: object): void {
    const form = special(value, this.#extensions)
    if (form instanceof Uint8Array) {
      this.#header(form.length, BIN8, BIN16, BIN32)
      this.#append(form)
    } else if (isExtension(form)) {
      this.#extension(form.type, form.data)
    } else if (form instanceof Map) {
      this.#map(form)
    } else {
      this.#properties(form as Record<string, unknown>)
    }
  }

  #map(value: ReadonlyMap<unknown, unknown>): void {
    this.#enter()
    let left = value.size
    this.#count(left, FIXMAP, MAP16, MAP32)
    for (const [key, item] of value) {
      if (--left < 0) break
      this.value(key)
      this.value(item)
    }
    if (left !== 0) throw refused('a Map that changes while it is written', 'MessagePack')
    this.#depth--
  }

  #extension(type: number, data: Uint8Array): void {
    const size = data.length
    if (size === 1) this.#byte(FIXEXT1)
    else if (size === 2) this.#byte(FIXEXT2)
    else if (size === 4) this.#byte(FIXEXT4)
    else if (size === 8) this.#byte(FIXEXT8)
    else if (size === 16) this.#byte(FIXEXT16)
    else this.#header(size, EXT8, EXT16, EXT32)
    this.#byte(type)
    this.#append(data)
  }
}
