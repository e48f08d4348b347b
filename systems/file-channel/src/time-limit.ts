// A time limit and a signal as one thing that a wait is raced against.
import { type Clock, type Duration, milliseconds, TielineError } from 'tieline'

export interface TimeLimit {
  /** Fires when the time is over or the caller's signal has fired. */
  readonly signal: AbortSignal
  /** The value, or a rejection with `deadline-exceeded` or `cancelled`. */
  race<T>(value: Promise<T>): Promise<T>
  /** Takes the timer back. */
  end(): void
}

/** `problem`: what it means when the time is over. Throws `invalid-argument` for what is no duration. */
export function timeLimit(
  options: { readonly timeout?: Duration; readonly signal?: AbortSignal },
  usual: number,
  problem: string,
  clock: Clock,
): TimeLimit {
  const within = milliseconds(options.timeout ?? usual)
  const over = new AbortController()
  const cancel = () => {
    const cause = options.signal?.reason
    over.abort(new TielineError('cancelled', `${problem}: the caller gave up`, { cause }))
  }
  if (options.signal?.aborted) cancel()
  options.signal?.addEventListener('abort', cancel, { once: true })
  const timer = clock.after(within, () => {
    over.abort(new TielineError('deadline-exceeded', `${problem} within ${Math.round(within)} ms`))
  })
  // Who waits keeps its process alive.
  timer.hold(true)
  const ended = new Promise<never>((_, reject) => {
    const fail = () => reject(over.signal.reason)
    if (over.signal.aborted) fail()
    else over.signal.addEventListener('abort', fail, { once: true })
  })
  // Nobody may be waiting when it ends.
  ended.catch(() => {})
  return {
    signal: over.signal,
    race: (value) => Promise.race([value, ended]),
    end() {
      timer.cancel()
      options.signal?.removeEventListener('abort', cancel)
    },
  }
}
