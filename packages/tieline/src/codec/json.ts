// JSON as a codec: what becomes what, both ways, is written at `json`.
import { type ByteSink, indexOf } from '../bytes.js'
import { malformed, type TielineError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Codec } from './codec.js'
import { DEEPEST, depthOption } from './guard.js'
import { JsonEncoder } from './json-encode.js'
import { JsonKeys } from './json-keys.js'
import { JsonReader, UNUSUAL } from './json-read.js'
import { tooDeep, tooManyBytes, tooManyElements } from './refusals.js'
import { readText } from './text.js'

/** What `json` takes. */
export interface JsonOptions {
  /**
   * Arrays and objects inside one another that `encode` writes, from 1 to 512. 64, as
   * `limits.depth`: what is written can be read.
   */
  readonly maxDepth?: number
}

/**
 * JSON in UTF-8, on one line, without a byte order mark.
 *
 * Written:
 * - finite numbers, as JavaScript writes them; -0 as -0
 * - strings; a lone surrogate as its \u escape, which is read back as it was
 * - undefined as null; a property that is undefined is left out
 * - objects as their own enumerable properties with string keys; instances of classes as what their
 *   toJSON returns, so a Date as ISO text
 * - refused with `invalid-argument`: NaN and infinities, bigints, functions, symbols, binary data,
 *   built-in objects that are not data (Map, Set, Error, Promise), cycles and whatever is deeper than
 *   `maxDepth`
 *
 * Read: as JSON.parse does, so integers beyond 2^53 lose their last digits. What is not UTF-8 in a
 * string becomes U+FFFD. The key `__proto__` is dropped. A byte order mark is `malformed`.
 */
export function json(options: JsonOptions = {}): Codec<unknown> {
  const maxDepth = depthOption(options.maxDepth)
  const keys = new JsonKeys()
  const encoder = new JsonEncoder(maxDepth, keys)
  const reader = new JsonReader()
  return {
    encode(value: unknown, out: ByteSink): void {
      const idle = encoder.busy ? new JsonEncoder(maxDepth, keys) : encoder
      idle.encode(value, out)
    },
    decode(bytes: Uint8Array, start: number, end: number, _lent: boolean, limits: Limits): unknown {
      const length = end - start
      if (length > limits.frameBytes) throw tooManyBytes(length, limits.frameBytes)
      const depth = Math.min(limits.depth, DEEPEST)
      if (length <= SHORT && length <= 2 * limits.elements) {
        const value = reader.read(bytes, start, end, depth)
        if (value !== UNUSUAL) return value
      }
      const text = readText(bytes, start, length)
      // An element takes two bytes at the least. Most messages are too short and too flat to check.
      if (length > 2 * limits.elements || hasOpeners(text, depth + 1)) {
        checkNesting(bytes, start, end, depth, limits.elements)
      }
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch (error) {
        throw notJson(text, error)
      }
      return mayNameProto(text) ? withoutProto(value) : value
    },
  }
}

/** Bytes of a text that is read here and not by JSON.parse, which past it is as fast. 1 KiB: measured. */
const SHORT = 1024

/** Whether the text has so many brackets that it may be that deep. */
function hasOpeners(text: string, count: number): boolean {
  let left = count
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
    if (--left === 0) return true
  }
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) {
    if (--left === 0) return true
  }
  return false
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
/** Bytes of a text whose end is looked for here; further on, native code is faster. */
const SHORT_TEXT = 64

/** Refuses by depth and count before anything is made of the text. */
function checkNesting(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxDepth: number,
  maxElements: number,
): void {
  let depth = 0
  let elements = 0
  let last = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte <= SPACE) continue
    if (byte === QUOTE) {
      i = endOfText(bytes, i + 1, end)
    } else if (byte === COMMA) {
      elements++
    } else if ((byte | 0x20) === 0x7b) {
      // 0x5b is [, 0x7b is {. What is open has one element more than it has commas, or none.
      elements++
      if (++depth > maxDepth) throw tooDeep(maxDepth)
    } else if ((byte | 0x20) === 0x7d) {
      depth--
      if ((last | 0x20) === 0x7b) elements--
    }
    last = byte
  }
  if (elements > maxElements) throw tooManyElements(elements, maxElements)
}

/** Where the text that begins at `start` has its closing quote; `end` or later when it has none. */
function endOfText(bytes: Uint8Array, start: number, end: number): number {
  const near = Math.min(end, start + SHORT_TEXT)
  let i = start
  for (; i < near; i++) {
    if (bytes[i] === QUOTE) return i
    if (bytes[i] === BACKSLASH) i++
  }
  while (i < end) {
    const quote = indexOf(bytes, QUOTE, i)
    if (quote < 0) return end
    // Backslashes escape each other: after an even number of them it is a quote.
    let first = quote
    while (bytes[first - 1] === BACKSLASH) first--
    if ((quote - first) % 2 === 0) return quote
    i = quote + 1
  }
  return i
}

// An escape of a letter that is in `__proto__`. Other escapes cannot spell any of them.
const SPELLED_OUT = /\\u00[567]/i

function mayNameProto(text: string): boolean {
  return text.includes('__proto__') || (text.includes('\\u') && SPELLED_OUT.test(text))
}

/** The same value, its objects freed of the key `__proto__`. Its depth has been checked. */
function withoutProto(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  for (const item of Object.values(value)) withoutProto(item)
  return value
}

/** The engine's own message quotes the text, which may be secret: only the position is taken from it. */
function notJson(text: string, error: unknown): TielineError {
  if (text === '') return malformed('an empty text is not JSON')
  if (text.charCodeAt(0) === 0xfeff) return malformed('JSON must not begin with a byte order mark')
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return malformed(position === undefined ? 'not JSON' : `not JSON at character ${position}`)
}
