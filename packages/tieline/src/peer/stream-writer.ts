// Sends the items of one stream as fast as its reader grants and the connection takes them.
import type { Side } from '../dialect/envelope.js'
import type { Outbox } from './outbox.js'
import { iteratorOf, type Source } from './outcome.js'

export interface StreamWriterParts {
  readonly outbox: Pick<Outbox, 'send' | 'writable' | 'wait' | 'leave'>
  /** The call that the items belong to, and which side of it this is. */
  readonly id: number
  readonly from: Side
  /** Bytes that may be sent before the reader grants more. */
  readonly window: number
  /** The first item was sent, or the end. */
  begun?(): void
  /** The end was sent. */
  ended(): void
  /** The source threw, or (`unsendable`) one of its items has no form on the wire. */
  failed(error: unknown, unsendable: boolean): void
}

export class StreamWriter {
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>
  readonly #parts: StreamWriterParts
  #window: number
  #stopped = false
  #wake: (() => void) | undefined

  /** Throws what the source throws when it is asked for its iterator. */
  constructor(source: Source, parts: StreamWriterParts) {
    this.#iterator = iteratorOf(source)
    this.#window = parts.window
    this.#parts = parts
  }

  /** Starts sending; settles when the source is at rest: at its end, or left. Never rejects. */
  async run(): Promise<void> {
    const { outbox, id, from } = this.#parts
    let unsendable = false
    try {
      for (;;) {
        while (this.#window <= 0 || !outbox.writable) {
          if (this.#stopped) return
          await this.#woken()
        }
        if (this.#stopped) return
        const step = await this.#iterator.next()
        // Others may have filled the connection while the source was at work.
        while (!outbox.writable && !this.#stopped) await this.#woken()
        if (this.#stopped) return
        this.#parts.begun?.()
        if (step.done) {
          this.#stopped = true
          outbox.send({ kind: 'end', id, from })
          this.#parts.ended()
          return
        }
        unsendable = true
        this.#window -= outbox.send({ kind: 'item', id, from, value: step.value })
        unsendable = false
      }
    } catch (error) {
      if (this.#stopped) return
      // A source that threw is at its end; one whose item cannot be sent has to be left.
      if (unsendable) this.stop()
      this.#stopped = true
      this.#parts.failed(error, unsendable)
    }
  }

  credit(bytes: number): void {
    this.#window += bytes
    if (this.#window > 0) this.wake()
  }

  /** Looks again whether it may go on. */
  wake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #woken(): Promise<void> {
    const { outbox } = this.#parts
    if (!outbox.writable) outbox.wait(this)
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Ends the source: its `finally` runs. Idempotent. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#parts.outbox.leave(this)
    this.wake()
    try {
      const left = this.#iterator.return?.() as PromiseLike<unknown> | undefined
      // Nobody is left to tell: the reader has gone, or has been told of an earlier error.
      if (typeof left?.then === 'function') left.then(undefined, () => {})
    } catch {
      // The same, thrown at once.
    }
  }
}
