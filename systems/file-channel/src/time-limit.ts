// A time limit and a signal as one thing that a wait is raced against.
import { type Duration, TielineError } from 'tieline'

export interface TimeLimit {
  /** Fires when the time is over or the caller's signal has fired. */
  readonly signal: AbortSignal
  /** The value, or a rejection with `deadline-exceeded` or `cancelled`. */
  race<T>(value: Promise<T>): Promise<T>
  /** Takes the timer back. */
  end(): void
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration. Throws `invalid-argument`. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number' && duration >= 0) return Math.min(duration, 0x7fff_ffff)
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(duration)) ?? []
  if (amount !== undefined && unit !== undefined) {
    return Math.min(Number(amount) * (UNITS[unit] as number), 0x7fff_ffff)
  }
  throw new TielineError('invalid-argument', `${String(duration)} is no time; write 500ms or 20s`)
}

/** `problem`: what it means when the time is over. */
export function timeLimit(
  options: { readonly timeout?: Duration; readonly signal?: AbortSignal },
  usual: number,
  problem: string,
): TimeLimit {
  const within = milliseconds(options.timeout ?? usual)
  const over = new AbortController()
  const cancel = () => {
    const cause = options.signal?.reason
    over.abort(new TielineError('cancelled', `${problem}: the caller gave up`, { cause }))
  }
  if (options.signal?.aborted) cancel()
  options.signal?.addEventListener('abort', cancel, { once: true })
  const timer = setTimeout(() => {
    over.abort(new TielineError('deadline-exceeded', `${problem} within ${Math.round(within)} ms`))
  }, within)
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
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', cancel)
    },
  }
}
