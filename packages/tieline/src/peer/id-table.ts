// Open calls by id. Ids are given out in sequence and looked up by their low bits in an array, so a
// late answer never meets a younger call: its whole id no longer matches.

/** Ids stay positive 31-bit integers, which every dialect can carry and V8 keeps unboxed. */
const LAST_ID = 0x7fff_ffff
const SMALLEST_TABLE = 8
/** Of a side that makes no calls. Nothing is ever written to it. */
const NO_SLOTS: undefined[] = []

export class IdTable<T extends { readonly id: number }> {
  #slots: (T | undefined)[] = NO_SLOTS
  #last: number
  #size = 0

  /** `last`: the id before the first one given out. */
  constructor(last = 0) {
    this.#last = last
  }

  get size(): number {
    return this.#size
  }

  /** The next id that is free. Add its entry before asking again. */
  nextId(): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    const mask = this.#slots.length - 1
    let id = this.#last
    // Half of the slots are free at the least, so this ends soon; usually at once.
    do id = id === LAST_ID ? 1 : id + 1
    while (this.#slots[id & mask] !== undefined)
    this.#last = id
    return id
  }

  add(entry: T): void {
    this.#slots[entry.id & (this.#slots.length - 1)] = entry
    this.#size++
  }

  get(id: number): T | undefined {
    const entry = this.#slots[id & (this.#slots.length - 1)]
    return entry !== undefined && entry.id === id ? entry : undefined
  }

  /** Takes the entry of that id out. */
  remove(id: number): T | undefined {
    const entry = this.get(id)
    if (entry === undefined) return undefined
    this.#slots[id & (this.#slots.length - 1)] = undefined
    this.#size--
    return entry
  }

  /** A copy, so that the loop over it may remove. */
  all(): T[] {
    return this.#slots.filter((entry) => entry !== undefined)
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Array<T | undefined>(Math.max(SMALLEST_TABLE, old.length * 2)).fill(undefined)
    // Two entries that differ in the old low bits differ in the new ones too: nothing collides.
    for (const entry of old) {
      if (entry) this.#slots[entry.id & (this.#slots.length - 1)] = entry
    }
  }
}
