// A stream that outlives connections: when its connection is lost it is asked for again on the next.
import { isTielineError } from '../errors.js'

export interface ResumeHooks {
  /** Asks for the stream on the connection that stands, or on the next one. */
  open(): Promise<AsyncIterator<unknown>>
  /** Whether the stream may be asked for again. */
  readonly resumable: boolean
  /** The client was closed: nothing is asked for again. */
  closed(): boolean
  /** It was asked for again: what happened in between was not seen. */
  resumed(): void
}

const DONE: IteratorResult<unknown> = { done: true, value: undefined }

export class ResumingStream implements AsyncIterableIterator<unknown> {
  readonly #hooks: ResumeHooks
  #current: AsyncIterator<unknown> | undefined
  #again = false
  #over = false

  constructor(hooks: ResumeHooks) {
    this.#hooks = hooks
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<unknown>> {
    while (!this.#over) {
      try {
        const stream = this.#current ?? (await this.#open())
        const step = await stream.next()
        if (step.done) this.#over = true
        return step
      } catch (error) {
        if (this.#over) break
        if (!this.#hooks.resumable || this.#hooks.closed() || !isLost(error)) {
          this.#over = true
          throw error
        }
        this.#current = undefined
        this.#again = true
      }
    }
    return DONE
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#over = true
    await this.#current?.return?.()
    return DONE
  }

  async #open(): Promise<AsyncIterator<unknown>> {
    const stream = await this.#hooks.open()
    this.#current = stream
    if (this.#over) await stream.return?.()
    else if (this.#again) this.#hooks.resumed()
    return stream
  }
}

/** The connection went, or its server is going: not the stream's own failure. */
function isLost(error: unknown): boolean {
  return isTielineError(error) && (error.code === 'connection-lost' || error.code === 'unavailable')
}
