// What encode.ts is in a page: bundlers take this file in its place (`browser` in package.json). The same
// bytes and the same refusals in a third of the code, without what makes it fast.
import type { ByteSink } from '../../bytes.js'
import type { Codec } from '../codec.js'
import { enter, leave } from '../guard.js'
import { refused } from '../refusals.js'
import { textBytes, writeText } from '../text.js'
import { type ExtensionType, isExtension } from './extension.js'
import {
  ARRAY16,
  BIN8,
  EXT8,
  FALSE,
  FIXARRAY,
  FIXEXT1,
  FIXMAP,
  FIXSTR,
  FLOAT64,
  INT8,
  INT64,
  MAP16,
  NIL,
  STR8,
  TRUE,
  UINT8,
  UINT64,
} from './format.js'
import type { MessageForm, MessageWriter } from './message.js'
import { special } from './special.js'
import { TWO_32 } from './words.js'

/** The longest number: a format byte and eight bytes. */
const LONGEST_NUMBER = 9
// The formats of 1, 2, 4 and 8 bytes follow one another: WIDTH_4 after the first is the one of 4 bytes.
const WIDTH_1 = 0
const WIDTH_2 = 1
const WIDTH_4 = 2
const WIDTH_8 = 3

/** `Codec.encode` for messages of a form. The sink's position is undefined when it throws; the caller rolls back. */
export function encoderOf<T>(
  form: MessageForm<T>,
  extensions: readonly ExtensionType[],
  maxDepth: number,
): Codec<T>['encode'] {
  return (message, sink) => {
    enter(sink)
    try {
      form.write(message, new Encoder(extensions, maxDepth, sink))
    } finally {
      leave()
    }
  }
}

/** Writes one message. */
class Encoder implements MessageWriter {
  readonly #extensions: readonly ExtensionType[]
  readonly #maxDepth: number
  readonly #sink: ByteSink
  #depth = 0

  constructor(extensions: readonly ExtensionType[], maxDepth: number, sink: ByteSink) {
    this.#extensions = extensions
    this.#maxDepth = maxDepth
    this.#sink = sink
  }

  array(count: number): void {
    this.#enter(count, FIXARRAY, ARRAY16)
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'boolean') this.#put(value ? TRUE : FALSE)
    else if (value === undefined || value === null) this.#put(NIL)
    else if (typeof value === 'bigint') this.#bigint(value)
    else if (typeof value === 'object') this.#object(value)
    else throw refused(`a ${typeof value}`, 'MessagePack')
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#put(FLOAT64, WIDTH_8)
      this.#sink.view.setFloat64(this.#sink.position - 8, value)
    } else if (value >= -0x20 && value < 0x80) {
      this.#put(value)
    } else {
      const width =
        value >= -0x80 && value < 0x100
          ? WIDTH_1
          : value >= -0x8000 && value < 0x1_0000
            ? WIDTH_2
            : value >= -0x8000_0000 && value < TWO_32
              ? WIDTH_4
              : WIDTH_8
      this.#put((value < 0 ? INT8 : UINT8) + width, width, value)
    }
  }

  text(value: string): void {
    const size = textBytes(value)
    if (size < 32) this.#put(FIXSTR | size)
    else this.#header(size, STR8)
    const sink = this.#sink
    sink.room(size)
    writeText(sink.bytes, sink.position, value, size)
    sink.position += size
  }

  /** A format byte, and a number of so many bytes. */
  #put(format: number, width = -1, value: number | bigint = 0): void {
    const sink = this.#sink
    sink.room(LONGEST_NUMBER)
    const { view, position } = sink
    const at = position + 1
    view.setUint8(position, format)
    if (width === WIDTH_1) view.setUint8(at, Number(value))
    else if (width === WIDTH_2) view.setUint16(at, Number(value))
    else if (width === WIDTH_4) view.setUint32(at, Number(value))
    else if (width === WIDTH_8) view.setBigUint64(at, BigInt(value))
    sink.position = at + (width < 0 ? 0 : 1 << width)
  }

  /** The format and the size of what has at least `small` bytes or elements. `format8`: the format of one byte. */
  #header(size: number, format8: number, small = 0x100): void {
    if (size >= TWO_32) throw refused(`a value of ${size} bytes, more than 2^32-1,`, 'MessagePack')
    const width = size < small ? WIDTH_1 : size < 0x1_0000 ? WIDTH_2 : WIDTH_4
    this.#put(format8 + width, width, size)
  }

  /** Into an array or map. There is no format of one byte for their counts. */
  #enter(count: number, fix: number, format16: number): void {
    if (++this.#depth > this.#maxDepth) {
      const what = `a cycle, or more than ${this.#maxDepth} arrays and maps inside one another,`
      throw refused(what, 'MessagePack')
    }
    if (count < 16) this.#put(fix | count)
    else this.#header(count, format16 - WIDTH_2, 0)
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(54, value) === value && value !== -(2n ** 53n)) this.number(Number(value))
    else if (BigInt.asUintN(64, value) === value) this.#put(UINT64, WIDTH_8, value)
    else if (BigInt.asIntN(64, value) === value) this.#put(INT64, WIDTH_8, value)
    else throw refused('a bigint outside -2^63 to 2^64-1', 'MessagePack')
  }

  #object(value: object): void {
    if (Array.isArray(value)) {
      const { length } = value
      this.array(length)
      for (let i = 0; i < length; i++) this.value(value[i])
      this.#depth--
      return
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    const plain = prototype === Object.prototype || prototype === null
    const form = plain ? value : special(value, this.#extensions)
    if (form instanceof Uint8Array) {
      this.#header(form.length, BIN8)
      this.#sink.append(form)
    } else if (form instanceof Map) {
      this.#map(form)
    } else if (!plain && isExtension(form)) {
      const { type, data } = form
      const width = [1, 2, 4, 8, 16].indexOf(data.length)
      if (width < 0) this.#header(data.length, EXT8)
      else this.#put(FIXEXT1 + width)
      this.#put(type)
      this.#sink.append(data)
    } else {
      this.#properties(form as Record<string, unknown>)
    }
  }

  #properties(fields: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(fields).filter((name) => fields[name] !== undefined)
    this.#enter(names.length, FIXMAP, MAP16)
    for (const name of names) {
      this.text(name)
      this.value(fields[name])
    }
    this.#depth--
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    let left = map.size
    this.#enter(left, FIXMAP, MAP16)
    for (const [key, item] of map) {
      if (--left < 0) break
      this.value(key)
      this.value(item)
    }
    if (left !== 0) throw refused('a Map that changes while it is written', 'MessagePack')
    this.#depth--
  }
}
