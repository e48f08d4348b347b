// A value that changes, for any number of readers: each is given the newest when it asks, and misses
// what it was too slow for.

export class Newest<T> {
  #value: T
  #version = 0
  readonly #waiting = new Set<() => void>()

  constructor(first: T) {
    this.#value = first
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    this.#value = value
    this.#version++
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** The value of now, then each one after it, until the signal fires. */
  async *watch(signal: AbortSignal): AsyncGenerator<T> {
    let seen = -1
    while (!signal.aborted) {
      if (seen === this.#version) await this.#changed(signal)
      else {
        seen = this.#version
        yield this.#value
      }
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
