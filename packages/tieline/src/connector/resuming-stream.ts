// A stream that waits for its connection and, where it may, outlives it: when the connection is lost
// it is asked for again on the next.

export interface ResumeHooks {
  /**
   * Asks for the stream on the connection that stands, or on the next one. `again`: not for the first
   * time. The signal fires when the reader leaves meanwhile.
   */
  open(again: boolean, left: AbortSignal): Promise<Asked>
  /** It was asked for again: what happened in between was not seen. */
  resumed(): void
}

/** The stream on one connection. */
export interface Asked {
  readonly stream: AsyncIterator<unknown>
  /** Whether that error means that the connection went, and the stream may be asked for again. */
  lost(error: unknown): boolean
}

const DONE: IteratorResult<unknown> = Object.freeze({ done: true, value: undefined })

export class ResumingStream implements AsyncIterableIterator<unknown> {
  readonly #hooks: ResumeHooks
  readonly #left = new AbortController()
  #asked: Asked | undefined
  #opening: Promise<Asked> | undefined
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
      let asked: Asked | undefined
      try {
        asked = this.#asked ?? (await this.#open())
        if (this.#over) break
        const step = await asked.stream.next()
        // A `next` that waited beside this one has seen the connection go: not the stream's own end.
        if (step.done && this.#asked !== asked) continue
        if (step.done) this.#over = true
        return step
      } catch (error) {
        if (this.#over) break
        if (!asked?.lost(error)) {
          this.#over = true
          throw error
        }
        // Unless a `next` that waited beside this one has asked again already.
        if (this.#asked === asked) this.#asked = undefined
      }
    }
    return DONE
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#over = true
    this.#left.abort()
    await this.#asked?.stream.return?.()
    return DONE
  }

  /** Once, for all that wait. */
  #open(): Promise<Asked> {
    this.#opening ??= this.#ask().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #ask(): Promise<Asked> {
    const again = this.#again
    const asked = await this.#hooks.open(again, this.#left.signal)
    this.#again = true
    this.#asked = asked
    if (this.#over) await asked.stream.return?.()
    else if (again) this.#hooks.resumed()
    return asked
  }
}
