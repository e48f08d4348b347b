// The items of one stream, as an async iterator. Starts when first asked, lets the writer run ahead by
// a window of bytes, and grants more as items are taken.
import { Queue } from './queue.js'

export interface StreamReaderHooks {
  /** The first `next`: ask for the stream. May call `finish` at once. */
  start(): void
  /** So many bytes were taken: let as many more come. */
  grant(bytes: number): void
  /** An item came although the window was used up. May throw, and then the item is not kept. */
  overrun(): void
  /** The reader left before the end. */
  left(): void
}

interface Held {
  readonly value: unknown
  readonly bytes: number
}

interface Waiting {
  resolve(step: IteratorResult<unknown>): void
  reject(error: unknown): void
}

const DONE: IteratorResult<unknown> = Object.freeze({ done: true, value: undefined })

export class StreamReader implements AsyncIterableIterator<unknown> {
  readonly #hooks: StreamReaderHooks
  readonly #window: number
  /** What may still come, in bytes. The last item may be larger than that. */
  #allowed: number
  readonly #items = new Queue<Held>()
  readonly #waiting = new Queue<Waiting>()
  #started = false
  #ended = false
  #error: unknown
  #taken = 0

  /** `window`: the bytes that were, or will be, granted at the start. */
  constructor(window: number, hooks: StreamReaderHooks) {
    this.#window = window
    this.#allowed = window
    this.#hooks = hooks
  }

  /** Whether no more items come: the stream ended, failed or was left. */
  get ended(): boolean {
    return this.#ended
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    if (!this.#started) {
      this.#started = true
      if (!this.#ended) this.#hooks.start()
    }
    const item = this.#items.shift()
    if (item !== undefined) {
      this.#grant(item.bytes)
      return Promise.resolve({ done: false, value: item.value })
    }
    if (this.#ended) return this.#over()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<unknown>> {
    const leaves = this.#started && !this.#ended
    this.#started = true
    this.#ended = true
    this.#error = undefined
    this.#items.clear()
    this.#settle()
    if (leaves) this.#hooks.left()
    return Promise.resolve(DONE)
  }

  /** An item came. */
  push(value: unknown, bytes: number): void {
    if (this.#ended) return
    if (this.#allowed <= 0) this.#hooks.overrun()
    this.#allowed -= bytes
    const next = this.#waiting.shift()
    if (next === undefined) {
      this.#items.push({ value, bytes })
      return
    }
    this.#grant(bytes)
    next.resolve({ done: false, value })
  }

  /** No more items come: the stream ended, or failed. What is held can still be taken. */
  finish(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#settle()
  }

  // Half a window at a time: few grants, and the writer never has to stop for one.
  #grant(bytes: number): void {
    const taken = this.#taken + bytes
    this.#taken = taken
    if (taken * 2 < this.#window || this.#ended) return
    this.#taken = 0
    this.#allowed += taken
    this.#hooks.grant(taken)
  }

  #settle(): void {
    for (;;) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      this.#over().then(waiting.resolve, waiting.reject)
    }
  }

  // An error is thrown once, as a generator would; after it the iterator is at its end.
  #over(): Promise<IteratorResult<unknown>> {
    const error = this.#error
    if (error === undefined) return Promise.resolve(DONE)
    this.#error = undefined
    return Promise.reject(error)
  }
}
