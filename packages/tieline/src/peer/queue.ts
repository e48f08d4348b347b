// First in, first out, without moving what waits behind at each step. What was taken is let go.

/** Taken places before the rest moves up: seldom, and then at most as many as were taken. */
const TAKEN_AT_MOST = 1024

export class Queue<T> {
  #items: (T | undefined)[] = []
  #first = 0

  get size(): number {
    return this.#items.length - this.#first
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const first = this.#first
    if (first === this.#items.length) return undefined
    const item = this.#items[first]
    this.#items[first] = undefined
    this.#first = first + 1
    if (this.#first === this.#items.length) this.clear()
    else if (this.#first >= TAKEN_AT_MOST && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  clear(): void {
    this.#items.length = 0
    this.#first = 0
  }
}
