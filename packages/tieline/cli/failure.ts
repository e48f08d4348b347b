// What `tieline` says better than the kit of commands does: who answered what, and what may be wrong.
// Loaded when something fails.
import type { Explanation } from '../src/command/failure.js'
import { oneLine } from '../src/command/text.js'
import { isTielineError, type TielineError } from '../src/errors.js'
import { jsonLine } from './json-form.js'

/** Characters of an error's data in its line. 200: two lines of a terminal. */
const DATA_CHARACTERS = 200

export function explain(error: TielineError): Explanation {
  const { code, message, origin, data } = error
  const line = oneLine(lineOf(error))
  if (origin !== 'remote') return { line }
  return { line, answer: jsonLine({ error: { code, message, data } }) }
}

function lineOf(error: TielineError): string {
  const { code, message, origin } = error
  if (code === 'deadline-exceeded') return `${message}; --timeout allows more time`
  if (origin === 'remote') return remoteLine(error)
  // Bytes that make no sense are most often those of another protocol.
  const senseless = code === 'malformed' || isTielineError(error.cause, 'malformed')
  return senseless ? `${message}; is --protocol right?` : message
}

function remoteLine({ code, message, data, method, endpoint }: TielineError): string {
  const who = `${method ?? 'the call'}${endpoint === undefined ? '' : ` at ${endpoint}`}`
  if (code === 'internal' && data === undefined) {
    return `${who} failed inside the server (internal error); the reason is in the server's log`
  }
  const told = code === 'remote-error' ? 'answered an error' : `answered ${code}`
  // Of params that were refused the message tells all that the data has.
  const more = code === 'invalid-argument' ? '' : dataPart(data, message)
  return `${who} ${told}: ${message}${more}`
}

/** The error's data, where it tells more than the message. */
function dataPart(data: unknown, message: string): string {
  if (data === undefined || data === null || data === message) return ''
  // Neovim's errors: [kind, message].
  if (Array.isArray(data) && data.includes(message)) return ''
  const text = jsonLine(data)
  return ` ${text.length > DATA_CHARACTERS ? `${text.slice(0, DATA_CHARACTERS)}…` : text}`
}
