// How an attempt to connect ends without a connection, in the words of every transport. Runs in browsers.
import { TielineError, toError } from '../errors.js'

/** The caller's signal has fired. */
export function cancelled(endpoint: string, signal: AbortSignal): TielineError {
  const message = `connecting to ${endpoint} was cancelled`
  return new TielineError('cancelled', message, { endpoint, cause: toError(signal.reason) })
}

/** The time for it is over. `who` has not answered. */
export function unanswered(endpoint: string, withinMs: number, who = endpoint): TielineError {
  const message = `${who} did not answer within ${withinMs} ms`
  return new TielineError('deadline-exceeded', message, { origin: 'channel', endpoint })
}
