// Errors from across the socket as the driver in process would throw them: generation 1 carries a text
// alone, and the text tells the code.
import { isTielineError, TielineError } from 'tieline'
import { codeOfText } from '../domain/errors.js'

/** What is no answer of the driver stays as it is. */
export function asLocal(error: unknown): unknown {
  if (!isTielineError(error) || error.origin !== 'remote') return error
  const code = error.code === 'remote-error' ? codeOfText(error.message) : error.code
  const { message, method, endpoint } = error
  return new TielineError(code ?? 'remote-error', message, {
    origin: 'remote',
    cause: error,
    // Whoever passes calls on to this driver passes its refusals on as they are.
    crosses: true,
    ...(method === undefined ? {} : { method }),
    ...(endpoint === undefined ? {} : { endpoint }),
  })
}
