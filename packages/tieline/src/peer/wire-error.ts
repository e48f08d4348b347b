// Errors on their way over a wire: what a caller may see of a handler's error, and what a caller
// makes of what it was sent.
import type { WireError } from '../dialect/envelope.js'
import { isTielineError, TielineError } from '../errors.js'

/** What a caller may know of an error that was not meant for it. */
export const HIDDEN: WireError = { code: 'internal', message: 'internal error' }

/** What crosses: an error thrown on purpose as it is, anything else as `internal`. No stack ever. */
export function toWireError(thrown: unknown): WireError {
  if (!isTielineError(thrown) || !thrown.crosses) return HIDDEN
  // Texts, whatever a caller without types put there: a dialect refuses anything else.
  const code = String(thrown.code)
  const message = String(thrown.message)
  return thrown.data === undefined ? { code, message } : { code, message, data: thrown.data }
}

/** The error a caller's promise rejects with. */
export function fromWireError(error: WireError, method: string, endpoint?: string): TielineError {
  return new TielineError(error.code, error.message, {
    origin: 'remote',
    data: error.data,
    method,
    ...(endpoint === undefined ? {} : { endpoint }),
  })
}
