// What a failed command tells: one line that says what was wrong, where, and what to do, and the exit
// code. Loaded when something fails.
import { isTielineError, type TielineError, toError } from '../src/errors.js'
import { EXIT } from './command.js'
import { jsonLine } from './json-form.js'
import { nearest } from './nearest.js'
import { oneLine } from './show.js'
import type { Guess } from './usage.js'

export interface Failure {
  readonly code: number
  readonly line: string
  /** What the other side answered, for `--json`. */
  readonly answer?: string
}

/** Characters of an error's data in its line. 200: two lines of a terminal. */
const DATA_CHARACTERS = 200

export function failureOf(thrown: unknown): Failure {
  if (!isTielineError(thrown)) {
    const { message } = toError(thrown)
    return { code: EXIT.fault, line: oneLine(`a fault of tieline itself: ${message}`) }
  }
  const told = { code: exitCode(thrown), line: oneLine(lineOf(thrown)) }
  if (thrown.origin !== 'remote') return told
  const { code, message, data } = thrown
  return { ...told, answer: jsonLine({ error: { code, message, data } }) }
}

function exitCode({ code, origin }: TielineError): number {
  if (code === 'usage') return EXIT.usage
  // The server minds the same deadline and may be the one to say so.
  if (code === 'deadline-exceeded') return EXIT.timedOut
  if (origin === 'remote') return EXIT.refused
  if (code === 'invalid-endpoint' || code === 'invalid-argument' || code === 'unsupported') {
    return EXIT.usage
  }
  return EXIT.unreachable
}

function lineOf(error: TielineError): string {
  const { code, message, origin, data } = error
  if (code === 'usage') return message + suggestion(data as Guess | undefined)
  if (code === 'deadline-exceeded') return `${message}; --timeout allows more time`
  if (origin === 'remote') return remoteLine(error)
  // Bytes that make no sense are most often those of another protocol.
  return code === 'malformed' ? `${message}; is --protocol right?` : message
}

function suggestion(guess: Guess | undefined): string {
  if (guess === undefined) return ''
  const meant = nearest(guess.given, guess.among)
  if (meant !== undefined) return `; did you mean ${meant}?`
  return guess.otherwise === undefined ? '' : `; ${guess.otherwise}`
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
