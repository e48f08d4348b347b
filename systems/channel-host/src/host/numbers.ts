// The numbers of channels: unique among all that are open, and the one that was free for longest is
// given next.

/** The schema's channel is a uint16; 0 means none. */
const HIGHEST = 0xffff

export class ChannelNumbers {
  readonly #taken = new Set<number>()
  #last = 0

  /** A number that nobody has; undefined when all are taken. */
  take(): number | undefined {
    if (this.#taken.size === HIGHEST) return undefined
    do {
      this.#last = this.#last === HIGHEST ? 1 : this.#last + 1
    } while (this.#taken.has(this.#last))
    this.#taken.add(this.#last)
    return this.#last
  }

  /** Nobody speaks of it any more. */
  free(number: number): void {
    this.#taken.delete(number)
  }

  get size(): number {
    return this.#taken.size
  }
}
