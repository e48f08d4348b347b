// The keys of maps, which come again and again: a small table of keys by their bytes, so that most
// are compared and not decoded, and are the very strings that JavaScript's objects already know.
import { readText } from '../text.js'

/** Keys remembered. 512: the property names of a large program's messages, in some 50 KB. */
const ENTRIES = 512
/** Entries that a key can be in. 4: that many keys must meet before one pushes out another. */
const WAYS = 4
/** The longest key remembered. 31: what has a one-byte header. */
export const LONGEST_KEY = 31

class Key {
  readonly text: string
  bytes: Uint8Array
  /** The key that last came behind this one: the first guess for the next. */
  next: Key

  constructor(text: string, bytes: Uint8Array, next?: Key) {
    this.text = text
    this.bytes = bytes
    this.next = next ?? this
  }
}

// Longer than any key that is looked for, so that it is never found.
const NO_BYTES = new Uint8Array(LONGEST_KEY + 1)
const NO_KEY = new Key('', NO_BYTES)

/**
 * Bounded, and never wrong: a key is taken from the table only when all of its bytes are the same.
 * What a hostile peer can do to it is make it useless, which costs a few comparisons.
 */
export class KeyTable {
  readonly #entries: Key[] = new Array<Key>(ENTRIES).fill(NO_KEY)
  // For each group of entries: which is the next to be replaced, and the hash of the last key that
  // was not found in a full group. Only a key that comes again at once may replace another.
  readonly #missed = new Int32Array(ENTRIES / WAYS)
  readonly #turn = new Uint8Array(ENTRIES / WAYS)
  #last = new Key('', NO_BYTES)

  /** The key in bytes[start..start+length). At most LONGEST_KEY long. */
  read(bytes: Uint8Array, start: number, length: number): string {
    const guess = this.#last.next
    const key = same(guess.bytes, bytes, start, length) ? guess : this.#find(bytes, start, length)
    this.#last = key
    return key.text
  }

  #find(bytes: Uint8Array, start: number, length: number): Key {
    let hash = length
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (bytes[start + i] as number)) | 0
    const group = (hash ^ (hash >>> 9)) & (ENTRIES / WAYS - 1)
    const first = group * WAYS
    let slot = first
    for (; slot < first + WAYS; slot++) {
      const key = this.#entries[slot] as Key
      if (key === NO_KEY) break
      if (same(key.bytes, bytes, start, length)) {
        this.#last.next = key
        return key
      }
    }
    const text = readText(bytes, start, length)
    if (slot === first + WAYS) {
      if (this.#missed[group] !== hash) {
        this.#missed[group] = hash
        return new Key(text, NO_BYTES, NO_KEY)
      }
      const turn = this.#turn[group] as number
      this.#turn[group] = (turn + 1) % WAYS
      slot = first + turn
      this.#forget(this.#entries[slot] as Key)
    }
    // Not bytes.slice: a Buffer's slice is a view, of memory that may be overwritten.
    const copy = new Uint8Array(bytes.subarray(start, start + length))
    const key = new Key(propertyName(text), copy, NO_KEY)
    this.#entries[slot] = key
    this.#last.next = key
    return key
  }

  /** Other keys may still guess this one: it must not be found, nor keep others alive. */
  #forget(key: Key): void {
    key.bytes = NO_BYTES
    key.next = NO_KEY
  }
}

function same(key: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (key.length !== length) return false
  for (let i = 0; i < length; i++) if (key[i] !== bytes[start + i]) return false
  return true
}

/** The same text as the one string by which objects know a property of this name. */
function propertyName(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string
}
