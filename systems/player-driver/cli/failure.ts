// What a failed command tells: one line that says what was wrong, where, and what to do; and the exit
// code.
import { isTielineError, type TielineError } from 'tieline'
import { clean } from '../src/display/text.js'
import { EXIT } from './command.js'

export interface Failure {
  readonly code: number
  readonly line: string
}

/** `command`: the name of the one that failed, for the hint. */
export function failureOf(thrown: unknown, command: string | undefined): Failure {
  if (!isTielineError(thrown)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return { code: EXIT.fault, line: clean(`a fault of player-driver itself: ${message}`) }
  }
  return { code: exitCode(thrown), line: clean(thrown.message) + hint(thrown, command) }
}

function exitCode({ code, origin }: TielineError): number {
  if (code === 'usage') return EXIT.usage
  if (code === 'deadline-exceeded') return EXIT.timedOut
  if (origin === 'remote') return EXIT.refused
  if (code === 'invalid-endpoint' || code === 'invalid-argument') return EXIT.usage
  return EXIT.unreachable
}

function hint({ code }: TielineError, command: string | undefined): string {
  if (code === 'usage') {
    return `; see player-driver ${command === undefined ? '' : `${command} `}--help`
  }
  if (code === 'connection-refused') return '; start the driver with: player-driver driver'
  if (code === 'endpoint-in-use') return '; is a driver running? See: player-driver status'
  return ''
}
