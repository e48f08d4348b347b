// The layer that gives every call an end: past its deadline the caller is answered, the handler's
// signal fires, and whatever the handler still says is dropped. A stream must begin by then.
import { type Clock, type Duration, milliseconds, systemClock } from '../../clock.js'
import { fail, type TielineError } from '../../errors.js'
import type { Call } from '../../peer/call.js'
import { isThenable, iteratorOf, type Source } from '../../peer/outcome.js'
import { type Deadline, Deadlines } from '../deadlines.js'
import { DerivedCall } from '../derived-call.js'
import type { Layer } from '../layer.js'

const NEVER = Number.POSITIVE_INFINITY

/** What `deadline` takes. */
export interface DeadlineOptions {
  /** For calls that come without a deadline. None unless told. */
  readonly default?: Duration
  /** The longest that any call may take, whatever its caller allows. None unless told. */
  readonly max?: Duration
  readonly clock?: Clock
}

/**
 * Rejects with `deadline-exceeded` when a call's time is over, also when its handler never settles.
 * For a stream the time counts until its first item or its end.
 */
export function deadline(options: DeadlineOptions = {}): Layer {
  const clock = options.clock ?? systemClock
  const usual = options.default === undefined ? NEVER : milliseconds(options.default)
  const longest = options.max === undefined ? NEVER : milliseconds(options.max)
  const deadlines = new Deadlines(clock)
  return (next) => (call) => {
    const asked = call.remaining()
    const ms = Math.min(asked === NEVER ? usual : asked, longest)
    if (ms === NEVER) return next(call)
    const late = (): TielineError =>
      fail('deadline-exceeded', `${call.method} did not answer within ${Math.round(ms)} ms`)
    if (ms <= 0) throw late()
    const timed = new TimedCall(call, clock, clock.now() + ms)
    const answer = next(timed)
    if (call.kind === 'stream') return new BeginsInTime(answer as Source, timed, deadlines, late)
    return isThenable(answer) ? inTime(answer, timed, deadlines, late) : answer
  }
}

function inTime(
  answer: PromiseLike<unknown>,
  call: TimedCall,
  deadlines: Deadlines,
  late: () => TielineError,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Once it has passed, what the handler still says settles nothing: the promise is settled.
    const open = deadlines.set(call.at, () => {
      const error = late()
      reject(error)
      call.expire(error)
    })
    answer.then(
      (value) => {
        deadlines.take(open)
        resolve(value)
      },
      (error) => {
        deadlines.take(open)
        reject(error)
      },
    )
  })
}

/** The call as the handler sees it: with less time, and a signal that fires when it is over. */
class TimedCall extends DerivedCall {
  /** When it is over, by the clock. */
  at: number
  readonly #clock: Clock
  #controller: AbortController | undefined
  #reason: TielineError | undefined

  constructor(original: Call, clock: Clock, at: number) {
    super(original, original.params)
    this.#clock = clock
    this.at = at
  }

  override remaining(): number {
    return Math.max(0, Math.min(this.at - this.#clock.now(), this.original.remaining()))
  }

  override get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    const controller = new AbortController()
    this.#controller = controller
    const outer = this.original.signal
    if (outer.aborted) controller.abort(outer.reason)
    else outer.addEventListener('abort', () => controller.abort(outer.reason), { once: true })
    if (this.#reason !== undefined) controller.abort(this.#reason)
    return controller.signal
  }

  expire(reason: TielineError): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

class BeginsInTime implements AsyncIterableIterator<unknown> {
  readonly #source: Source
  readonly #call: TimedCall
  readonly #deadlines: Deadlines
  readonly #open: Deadline
  #iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined
  #begun = false
  #late: TielineError | undefined
  #waiting: ((error: TielineError) => void)[] = []

  constructor(source: Source, call: TimedCall, deadlines: Deadlines, late: () => TielineError) {
    this.#source = source
    this.#call = call
    this.#deadlines = deadlines
    this.#open = deadlines.set(call.at, () => this.#pass(late()))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#late !== undefined) throw this.#late
    const step = this.#started().next()
    if (this.#begun) return step
    return new Promise((resolve, reject) => {
      this.#waiting.push(reject)
      Promise.resolve(step)
        .finally(() => this.#begin())
        .then(resolve, reject)
    })
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#begin()
    if (this.#late === undefined) await this.#leave()
    return { done: true, value: undefined }
  }

  /** From here on the stream may last. */
  #begin(): void {
    this.#begun = true
    this.#deadlines.take(this.#open)
    this.#waiting = []
    if (this.#late === undefined) this.#call.at = NEVER
  }

  #pass(error: TielineError): void {
    this.#late = error
    for (const reject of this.#waiting) reject(error)
    this.#call.expire(error)
    // The source is left without waiting: a handler that does not settle would never let go.
    this.#leave().catch(() => {})
  }

  async #leave(): Promise<void> {
    await this.#started().return?.()
  }

  #started(): AsyncIterator<unknown> | Iterator<unknown> {
    this.#iterator ??= iteratorOf(this.#source)
    return this.#iterator
  }
}
