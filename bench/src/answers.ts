// Answers that come in the order of the calls: for subjects without ids.

/** First in, first out, in a ring: a shifted array would cost the floors more than their reads. */
export class Answers<T> {
  // More than any task keeps in flight; a power of two, so that a mask finds the slot.
  readonly #ring = new Array<((value: T) => void) | undefined>(4096)
  #next = 0
  #oldest = 0

  /** A promise of the next answer that nobody waits for yet. */
  expect(): Promise<T> {
    return new Promise((resolve) => {
      this.#ring[this.#next++ & 4095] = resolve
    })
  }

  /** Hands the answer to whoever waited longest. */
  settle(value: T): void {
    const resolve = this.#ring[this.#oldest++ & 4095]
    if (resolve === undefined) throw new Error('an answer came that nobody waits for')
    this.#ring[(this.#oldest - 1) & 4095] = undefined
    resolve(value)
  }
}
