// Streams passed through a layer: items looked at, errors replaced, the end told once, and the
// consumer's leaving always handed down, so that a generator's `finally` runs whatever is around it.
import { isThenable, iteratorOf, type Source } from '../peer/outcome.js'

/** What a layer wants to know of a stream that passes through it. */
export interface Watch<T> {
  /** Looks at an item, or puts another in its place. What it throws ends the stream. */
  item?(value: T): T | PromiseLike<T>
  /** The error to go on with, for one that the source threw. */
  error?(thrown: unknown): unknown
  /** Called once: without a failure when the stream ended or was left, else with what it threw. */
  over?(failure: Failure | undefined): void
}

/** A thrown value in a box, so that `throw undefined` is told from no throw. */
export interface Failure {
  readonly error: unknown
}

const done: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/**
 * The same stream, watched. The source is started by the first `next` or `return`. Leaving it
 * (`break`, `return`) leaves the source too.
 */
export function watched<T>(source: Source<T>, watch: Watch<T>): AsyncIterableIterator<T> {
  return new Watched(source, watch)
}

class Watched<T> implements AsyncIterableIterator<T> {
  readonly #source: Source<T>
  readonly #watch: Watch<T>
  #iterator: AsyncIterator<T> | Iterator<T> | undefined
  #over = false

  constructor(source: Source<T>, watch: Watch<T>) {
    this.#source = source
    this.#watch = watch
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#over) return done
    let step: IteratorResult<T>
    try {
      step = await this.#started().next()
    } catch (thrown) {
      throw this.#failed(this.#replaced(thrown))
    }
    if (step.done === true) {
      this.#finish(undefined)
      return done
    }
    if (this.#watch.item === undefined || this.#over) return step
    try {
      const value = this.#watch.item(step.value)
      return { done: false, value: isThenable(value) ? await value : value }
    } catch (thrown) {
      // The source is asked to stop, and not waited for: it is told of no error, and may take long.
      this.#leave().catch(ignored)
      throw this.#failed(thrown)
    }
  }

  async return(): Promise<IteratorResult<T>> {
    if (this.#over) return done
    this.#finish(undefined)
    try {
      await this.#leave()
    } catch (thrown) {
      throw this.#replaced(thrown)
    }
    return done
  }

  async #leave(): Promise<void> {
    await this.#started().return?.()
  }

  #started(): AsyncIterator<T> | Iterator<T> {
    this.#iterator ??= iteratorOf(this.#source)
    return this.#iterator
  }

  #replaced(thrown: unknown): unknown {
    return this.#watch.error === undefined ? thrown : this.#watch.error(thrown)
  }

  #failed(error: unknown): unknown {
    this.#finish({ error })
    return error
  }

  #finish(failure: Failure | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#watch.over?.(failure)
  }
}

/**
 * A stream that is not there yet. `abandon` is told when the consumer leaves before it is; if it
 * comes all the same, it is left at once.
 */
export function eventually<T>(
  coming: Promise<Source<T>>,
  abandon?: () => void,
): AsyncIterableIterator<T> {
  // A failure is told by `next`. Until somebody asks, it is not an unhandled one.
  coming.catch(ignored)
  let iterator: AsyncIterator<T> | Iterator<T> | undefined
  let left = false
  const started = async (): Promise<AsyncIterator<T> | Iterator<T>> => {
    const source = await coming
    iterator ??= iteratorOf(source)
    return iterator
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (left) return done
      return (iterator ?? (await started())).next()
    },
    async return() {
      if (left) return done
      left = true
      if (iterator === undefined) {
        // Nobody waits any more for a stream that may never come.
        started()
          .then((late) => late.return?.())
          .catch(ignored)
        abandon?.()
      } else {
        await iterator.return?.()
      }
      return done
    },
  }
}

// For promises whose outcome nobody is waiting for; each use says why.
function ignored(): void {}
