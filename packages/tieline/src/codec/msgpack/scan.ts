// Finds where a MessagePack value ends while its bytes still arrive: headers are looked at once,
// what they promise is stepped over, and nothing is kept of the value itself.
import type { Limits } from '../../limits.js'
import type { Scanner } from '../codec.js'
import { DEEPEST } from '../guard.js'
import { notMessagePack, tooDeep, tooManyBytes, tooManyElements } from '../refusals.js'
import { ARRAY16, FIXARRAY, FIXSTR, MAP16, NEGATIVE_FIXINT, NEVER_USED, NIL } from './format.js'
import { readInt32, readUint16 } from './words.js'

// For the formats 0xc0 to 0xdf: the bytes that are there in any case (the format byte, numbers,
// extension types, fixed data), and how many of them, behind the format byte, say a size.
const FIXED = [
  1, 1, 1, 1, 2, 3, 5, 3, 4, 6, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18, 2, 3, 5, 3, 5, 3, 5,
]
const SIZED = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
]

export class MessagePackScanner implements Scanner {
  readonly #limits: Limits
  readonly #maxDepth: number
  /** Where the next header is, counted from the start of the value. It may be beyond what came. */
  #at = 0
  /** Values that are still to come, each at least one byte long. */
  #owed = 1
  /** How many of them belong to each open array or map, outermost first. */
  readonly #open: number[] = []
  #depth = 0
  #elements = 0
  #atLeast = 1

  constructor(limits: Limits) {
    this.#limits = limits
    this.#maxDepth = Math.min(limits.depth, DEEPEST)
  }

  get atLeast(): number {
    return this.#atLeast
  }

  reset(): void {
    this.#at = 0
    this.#owed = 1
    this.#depth = 0
    this.#elements = 0
    this.#atLeast = 1
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    while (this.#owed > 0) {
      const position = start + this.#at
      if (position >= end) return this.#short(0)
      const first = bytes[position] as number
      if (first < 0x80 || first >= NEGATIVE_FIXINT) {
        this.#step(1)
      } else if (first < FIXARRAY) {
        this.#enter(1, first & 0x0f, 2)
      } else if (first < FIXSTR) {
        this.#enter(1, first & 0x0f, 1)
      } else if (first < NIL) {
        this.#step(1 + (first & 0x1f))
      } else if (first === NEVER_USED) {
        throw notMessagePack(first, this.#at)
      } else {
        const fixed = FIXED[first - NIL] as number
        const sized = SIZED[first - NIL] as number
        if (position + 1 + sized > end) return this.#short(fixed - 1)
        const size = sized === 0 ? 0 : readSize(bytes, position + 1, sized)
        if (first < ARRAY16) this.#step(fixed + size)
        else this.#enter(fixed, size, first < MAP16 ? 1 : 2)
      }
    }
    return start + this.#at > end ? this.#short(0) : this.#at
  }

  /** Not all is there. `more`: bytes that the next value has beyond its first. */
  #short(more: number): 0 {
    this.#atLeast = this.#at + this.#owed + more
    return 0
  }

  /** Over a value of `length` bytes, and out of every array and map of which it is the last. */
  #step(length: number): void {
    this.#take(length, 0)
    while (this.#depth > 0) {
      const left = (this.#open[this.#depth - 1] as number) - 1
      this.#open[this.#depth - 1] = left
      if (left > 0) return
      this.#depth--
    }
  }

  /** Into an array or map with a header of `length` bytes and `count` elements of `each` values. */
  #enter(length: number, count: number, each: number): void {
    const { elements } = this.#limits
    if (this.#depth >= this.#maxDepth) throw tooDeep(this.#maxDepth)
    this.#elements += count
    if (this.#elements > elements) throw tooManyElements(this.#elements, elements)
    if (count === 0) {
      this.#step(length)
    } else {
      this.#take(length, count * each)
      this.#open[this.#depth++] = count * each
    }
  }

  #take(length: number, count: number): void {
    this.#at += length
    this.#owed += count - 1
    const atLeast = this.#at + this.#owed
    if (atLeast > this.#limits.frameBytes) throw tooManyBytes(atLeast, this.#limits.frameBytes)
  }
}

function readSize(bytes: Uint8Array, at: number, width: number): number {
  if (width === 1) return bytes[at] as number
  return width === 2 ? readUint16(bytes, at) : readInt32(bytes, at) >>> 0
}
