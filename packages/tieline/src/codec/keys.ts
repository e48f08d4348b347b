// The keys of maps, which come again and again: small tables of them, so that most are compared and
// not decoded, are the very strings that JavaScript's objects already know, and are written whole.
import { FIXSTR } from './msgpack/format.js'
import { ownSetterOf, type Setter, setterOf } from './setters.js'
import { readText } from './text.js'

/** Keys remembered. 512: the property names of a large program's messages, in some 100 KB. */
const ENTRIES = 512
/** Entries that a key can be in. 4: that many keys must meet before one pushes out another. */
const WAYS = 4
/** The longest key remembered. 31: what has a one-byte header. */
export const LONGEST_KEY = 31

/** The longest key that is compared in two words of four bytes: seven bytes behind its header. */
const LONGEST_IN_WORDS = 7
const words = new DataView(new ArrayBuffer(8))

// A name has a place of its own from when a property is first set by it: methods' names are read as
// keys are, and places are few.
const claimPlace: Setter = function (this: Key, object, name, value) {
  this.set = ownSetterOf(name)
  this.set(object, name, value)
}

export class Key {
  readonly text: string
  set: Setter
  bytes: Uint8Array
  /** The key that last came behind this one: the first guess for the next. */
  next: Key
  /** Bytes with the header; 0: to be compared byte by byte. */
  size = 0
  #head = 0
  #headMask = 0
  #tail = 0
  #tailMask = 0

  constructor(text: string, set: Setter, bytes: Uint8Array, next?: Key) {
    this.text = text
    this.set = set
    this.bytes = bytes
    this.next = next ?? this
    if (bytes.length > LONGEST_IN_WORDS) return
    this.size = 1 + bytes.length
    for (let i = 0; i < 8; i++) words.setUint8(i, i < this.size ? 0xff : 0)
    this.#headMask = words.getInt32(0, true)
    this.#tailMask = words.getInt32(4, true)
    words.setUint8(0, FIXSTR | bytes.length)
    for (let i = 1; i < 8; i++) words.setUint8(i, bytes[i - 1] ?? 0)
    this.#head = words.getInt32(0, true)
    this.#tail = words.getInt32(4, true)
  }

  /** Whether a key with `size` stands at `at`, header included. Eight bytes must be there. */
  standsAt(view: DataView, at: number): boolean {
    return (
      ((view.getInt32(at, true) ^ this.#head) & this.#headMask) === 0 &&
      ((view.getInt32(at + 4, true) ^ this.#tail) & this.#tailMask) === 0
    )
  }

  /** Whether all of its bytes stand at bytes[at..]. As many must be there. */
  isAt(bytes: Uint8Array, at: number): boolean {
    const own = this.bytes
    for (let i = 0; i < own.length; i++) if (own[i] !== bytes[at + i]) return false
    return true
  }

  /** Writes a key with `size` at `at`. Eight bytes must be free there. */
  write(view: DataView, at: number): void {
    view.setInt32(at, this.#head, true)
    view.setInt32(at + 4, this.#tail, true)
  }
}

// Longer than any key that is looked for, so that it is never found.
const NO_BYTES = new Uint8Array(LONGEST_KEY + 1)
const NO_KEY = new Key('', setterOf(''), NO_BYTES)
// What was written last when nothing was, or something that is not remembered.
const NO_NAME = new Key('', setterOf(''), NO_BYTES)

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
  /** The key that was read last. One that is found by its `standsAt` is put here too. */
  last = new Key('', setterOf(''), NO_BYTES)

  /** The key in bytes[start..start+length). At most LONGEST_KEY long. */
  read(bytes: Uint8Array, start: number, length: number): Key {
    const guess = this.last.next
    const isGuess = guess.bytes.length === length && guess.isAt(bytes, start)
    const key = isGuess ? guess : this.#find(bytes, start, length)
    this.last = key
    return key
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
      if (key.bytes.length === length && key.isAt(bytes, start)) {
        this.last.next = key
        return key
      }
    }
    const text = readText(bytes, start, length)
    if (slot === first + WAYS) {
      if (this.#missed[group] !== hash) {
        this.#missed[group] = hash
        return new Key(text, setterOf(text), NO_BYTES, NO_KEY)
      }
      const turn = this.#turn[group] as number
      this.#turn[group] = (turn + 1) % WAYS
      slot = first + turn
      this.#forget(this.#entries[slot] as Key)
    }
    // Not bytes.slice: a Buffer's slice is a view, of memory that may be overwritten.
    const copy = new Uint8Array(bytes.subarray(start, start + length))
    const name = propertyName(text)
    const key = new Key(name, claimPlace, copy, NO_KEY)
    this.#entries[slot] = key
    this.last.next = key
    return key
  }

  /** Other keys may still guess this one: it must not be found, nor keep others alive. */
  #forget(key: Key): void {
    key.bytes = NO_BYTES
    key.size = 0
    key.next = NO_KEY
  }
}

/** The same text as the one string by which objects know a property of this name. */
function propertyName(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string
}

/** A key that is in no table. */
export function looseKey(text: string): Key {
  return new Key(text, setterOf(text), NO_BYTES)
}

/** Keys to be written. A name that finds no place any more is written as any text is. */
export class KeysToWrite {
  readonly #keys = new Map<string, Key>()
  #last = NO_NAME

  /** The key of that name; one without `size` is to be written as a text. */
  find(name: string): Key {
    const guess = this.#last.next
    const key = guess.text === name ? guess : this.#look(name)
    this.#last = key
    return key
  }

  #look(name: string): Key {
    let key = this.#keys.get(name)
    if (key === undefined) {
      if (this.#keys.size >= ENTRIES) return NO_NAME
      key = new Key(name, setterOf(name), shortAscii(name) ?? NO_BYTES)
      this.#keys.set(name, key)
    }
    if (this.#last !== NO_NAME) this.#last.next = key
    return key
  }
}

function shortAscii(text: string): Uint8Array | undefined {
  if (text.length > LONGEST_IN_WORDS) return undefined
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0))
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return undefined
  return bytes
}
