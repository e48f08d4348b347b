// An attempt to connect: its time, the caller's signal, and how it ends without a connection, in the
// words of every transport. Runs in browsers.
import type { Clock } from '../clock.js'
import { TielineError, toError } from '../errors.js'
import { limitsWith } from '../limits.js'
import type { ConnectOptions } from './transport.js'

export interface Attempt {
  /** Fires when the time is over or the caller gave up. Its reason is the TielineError to reject with. */
  readonly signal: AbortSignal
  /** Takes the timer back, and lets go of the caller's signal. Idempotent. */
  end(): void
}

/**
 * Begins an attempt, which holds the process until it ends. Its signal has fired already when the caller's
 * has. `who` is to answer: the endpoint unless told. Throws `invalid-argument` for limits that are none.
 */
export function attempt(
  endpoint: string,
  { signal, withinMs, limits }: ConnectOptions,
  clock: Clock,
  who = endpoint,
): Attempt {
  const within = withinMs ?? limitsWith(limits).firstFrameMs
  const over = new AbortController()
  const cancel = (): void => over.abort(cancelled(endpoint, signal as AbortSignal))
  if (signal?.aborted) {
    cancel()
    return { signal: over.signal, end() {} }
  }
  signal?.addEventListener('abort', cancel, { once: true })
  const timer = clock.after(within, () => over.abort(unanswered(endpoint, within, who)))
  timer.hold(true)
  return {
    signal: over.signal,
    end() {
      timer.cancel()
      signal?.removeEventListener('abort', cancel)
    },
  }
}

/** The caller gave up. */
export function cancelled(endpoint: string, signal: AbortSignal): TielineError {
  const message = `connecting to ${endpoint} was cancelled`
  return new TielineError('cancelled', message, { endpoint, cause: toError(signal.reason) })
}

function unanswered(endpoint: string, withinMs: number, who: string): TielineError {
  const message = `${who} did not answer within ${withinMs} ms`
  return new TielineError('deadline-exceeded', message, { origin: 'channel', endpoint })
}

/** The value, or a rejection with the signal's reason, whichever comes first. */
export function unlessAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(signal.reason)
    if (signal.aborted) fail()
    signal.addEventListener('abort', fail, { once: true })
    value.then(resolve, reject)
  })
}
