// Short JSON texts, read straight from their bytes: no string of the whole is made, and keys that come
// again and again are compared and not made anew. What is unusual in any way is left to JSON.parse.
import { DEEPEST } from './guard.js'
import { KeyTable, LONGEST_KEY, looseKey } from './keys.js'
import { objectFor } from './objects.js'
import { readText } from './text.js'

/** Not read: JSON.parse is to do it, or to say what is wrong. */
export const UNUSUAL = Symbol('unusual')

/** Digits of a whole number that is summed up exactly, below 2^53. */
const EXACT_DIGITS = 15
/** The most texts that are not even tried after one that was unusual in vain. */
const LONGEST_REST = 255

const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const NOT_ASCII = 0x80
const E = 0x65
const F = 0x66
const N = 0x6e
const T = 0x74
const LOWER_CASE = 0x20
const EMPTY: object = {}
const NO_BYTES = new Uint8Array(0)

/** Reads one text at a time. Never wrong, whatever comes: it reads what it is sure of, or nothing. */
export class JsonReader {
  readonly #keys = new KeyTable()
  /** How many properties the last object had, at each depth: the next is made with room for as many. */
  readonly #counts = new Uint8Array(DEEPEST + 1)
  #bytes: Uint8Array = NO_BYTES
  #at = 0
  #end = 0
  #depth = 0
  #maxDepth = 0
  /** Texts that are not tried, and how many after the next that is unusual. */
  #rest = 0
  #nextRest = 0

  /** The value in bytes[start..end), or `UNUSUAL`. `maxDepth`: at most DEEPEST. */
  read(bytes: Uint8Array, start: number, end: number, maxDepth: number): unknown {
    if (this.#rest > 0) {
      this.#rest--
      return UNUSUAL
    }
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#depth = 0
    this.#maxDepth = maxDepth
    try {
      const value = this.#value(this.#token())
      for (; this.#at < end; this.#at++) this.#checkBlank()
      this.#nextRest = 0
      return value
    } catch (error) {
      if (error !== UNUSUAL) throw error
      this.#rest = this.#nextRest
      this.#nextRest = Math.min(2 * this.#nextRest + 1, LONGEST_REST)
      return UNUSUAL
    } finally {
      this.#bytes = NO_BYTES
    }
  }

  /** The next byte that is not blank, which must be there. */
  #token(): number {
    for (; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at] as number
      if (byte > SPACE) return byte
      this.#checkBlank()
    }
    throw UNUSUAL
  }

  /** The next byte that is not blank behind `mark`, which must come first. */
  #behind(mark: number): number {
    const next = this.#at + 1
    const byte = this.#bytes[next] as number
    if (next < this.#end && byte > SPACE && this.#bytes[next - 1] === mark) {
      this.#at = next
      return byte
    }
    if (this.#token() !== mark) throw UNUSUAL
    this.#at++
    return this.#token()
  }

  #checkBlank(): void {
    const byte = this.#bytes[this.#at]
    if (byte !== SPACE && byte !== NEWLINE && byte !== RETURN && byte !== TAB) throw UNUSUAL
  }

  /** The value that begins with `first`, at the position. */
  #value(first: number): unknown {
    if (first === QUOTE) return this.#text()
    if (first <= NINE) return this.#number(first)
    switch (first) {
      case OPEN_OBJECT:
        return this.#object()
      case OPEN_ARRAY:
        return this.#array()
      case T:
        return this.#word('true', true)
      case F:
        return this.#word('false', false)
      case N:
        return this.#word('null', null)
    }
    throw UNUSUAL
  }

  #word<V>(word: string, value: V): V {
    const at = this.#at
    this.#at = at + word.length
    if (this.#at > this.#end) throw UNUSUAL
    for (let i = 1; i < word.length; i++)
      if (this.#bytes[at + i] !== word.charCodeAt(i)) throw UNUSUAL
    return value
  }

  #number(first: number): number {
    const bytes = this.#bytes
    const end = this.#end
    const start = first === MINUS ? this.#at + 1 : this.#at
    let at = start
    let sum = 0
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      sum = sum * 10 + digit
    }
    const digits = at - start
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) throw UNUSUAL
    const next = at < end ? (bytes[at] as number) : COMMA
    const isWhole = next !== DOT && (next | LOWER_CASE) !== E
    if (!isWhole || digits > EXACT_DIGITS) return this.#longNumber(at)
    this.#at = at
    return first === MINUS ? -sum : sum
  }

  /** One with a fraction, an exponent or many digits, whose whole part ends at `at`. */
  #longNumber(at: number): number {
    const bytes = this.#bytes
    const start = this.#at
    let stop = at
    if (bytes[stop] === DOT) stop = this.#digits(stop + 1)
    if (stop < this.#end && ((bytes[stop] as number) | LOWER_CASE) === E) {
      const sign = bytes[stop + 1]
      stop = this.#digits(sign === MINUS || sign === 0x2b ? stop + 2 : stop + 1)
    }
    this.#at = stop
    return Number(readText(bytes, start, stop - start))
  }

  /** Where the digits end that begin at `at`, one at least. */
  #digits(at: number): number {
    let stop = at
    for (; stop < this.#end; stop++) {
      const byte = this.#bytes[stop] as number
      if (byte < ZERO || byte > NINE) break
    }
    if (stop === at) throw UNUSUAL
    return stop
  }

  #text(): string {
    const start = this.#at + 1
    const stop = this.#plainEnd(start)
    this.#at = stop + 1
    return readText(this.#bytes, start, stop - start)
  }

  /** Where the closing quote is of a text from `start` on that is ASCII and has no escapes. */
  #plainEnd(start: number): number {
    const bytes = this.#bytes
    const end = this.#end
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) return at
      if (byte < SPACE || byte === BACKSLASH || byte >= NOT_ASCII) break
    }
    throw UNUSUAL
  }

  #enter(): number {
    this.#at++
    this.#depth++
    if (this.#depth > this.#maxDepth) throw UNUSUAL
    return this.#token()
  }

  #array(): unknown[] {
    const array: unknown[] = []
    let byte = this.#enter()
    if (byte === CLOSE_ARRAY) {
      this.#at++
    } else {
      for (;;) {
        array.push(this.#value(byte))
        byte = this.#token()
        this.#at++
        if (byte === CLOSE_ARRAY) break
        if (byte !== COMMA) throw UNUSUAL
        byte = this.#token()
      }
    }
    this.#depth--
    return array
  }

  #object(): Record<string, unknown> {
    let byte = this.#enter()
    const bytes = this.#bytes
    const depth = this.#depth
    const object = objectFor(this.#counts[depth] as number)
    let count = 0
    if (byte === CLOSE_OBJECT) {
      this.#at++
    } else {
      for (;;) {
        if (byte !== QUOTE) throw UNUSUAL
        const key = this.#key()
        byte = this.#behind(COLON)
        key.set(object, key.text, byte === QUOTE ? this.#text() : this.#value(byte))
        count++
        const next = this.#at + 1
        // The usual case: another property, without a blank in between.
        if (next < this.#end && bytes[next] === QUOTE && bytes[next - 1] === COMMA) {
          this.#at = next
          byte = QUOTE
          continue
        }
        byte = this.#token()
        this.#at++
        if (byte === CLOSE_OBJECT) break
        if (byte !== COMMA) throw UNUSUAL
        byte = this.#token()
      }
    }
    this.#counts[depth] = Math.min(count, 255)
    this.#depth--
    return object
  }

  /** The key whose quote is at the position. */
  #key() {
    const bytes = this.#bytes
    const keys = this.#keys
    const start = this.#at + 1
    const guess = keys.last.next
    const guessed = start + guess.bytes.length
    if (guessed < this.#end && bytes[guessed] === QUOTE && guess.isAt(bytes, start)) {
      keys.last = guess
      this.#at = guessed + 1
      return guess
    }
    const stop = this.#plainEnd(start)
    this.#at = stop + 1
    const length = stop - start
    const key =
      length <= LONGEST_KEY
        ? keys.read(bytes, start, length)
        : looseKey(readText(bytes, start, length))
    // Setting a property that objects inherit may do something else than making one of their own.
    if (key.text in EMPTY) throw UNUSUAL
    return key
  }
}
