// What a failed command tells: one line that says what was wrong and what to do, and the exit code.
import { isTielineError, type TielineError } from 'tieline'
import { EXIT } from './command.js'

export interface Failure {
  readonly code: number
  readonly line: string
  /** For `--json`. */
  readonly answer: { readonly error: { readonly code: string; readonly message: string } }
}

export function failureOf(thrown: unknown): Failure {
  if (!isTielineError(thrown)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const line = oneLine(`a fault of superctl itself: ${message}`)
    return { code: EXIT.fault, line, answer: { error: { code: 'fault', message } } }
  }
  const { code, message } = thrown
  return {
    code: exitCode(thrown),
    line: oneLine(lineOf(thrown)),
    answer: { error: { code, message } },
  }
}

function exitCode({ code, origin }: TielineError): number {
  if (code === 'usage' || code === 'invalid-endpoint') return EXIT.usage
  if (code === 'deadline-exceeded') return EXIT.timedOut
  // A file that this command itself has read and refused.
  if (code === 'invalid-config') return EXIT.usage
  return origin === 'remote' ? EXIT.refused : EXIT.unreachable
}

function lineOf({ code, message, origin }: TielineError): string {
  if (code === 'deadline-exceeded') return `${message}; --timeout allows more time`
  if (code === 'internal' && origin === 'remote') {
    return "the daemon failed inside (internal error); the reason is in the daemon's log"
  }
  return message
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ')
}
