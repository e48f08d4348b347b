// What a failed command tells: one line that says what was wrong, where, and what to do, and the exit
// code. Loaded when something fails.
import { isTielineError, type TielineError, toError } from '../errors.js'
import { EXIT } from './command.js'
import { nearest } from './nearest.js'
import { harmless, oneLine } from './text.js'
import type { Guess } from './usage.js'

/** What a program says better than the kit does: each of them instead of the usual. */
export interface Explanation {
  /** The whole line, behind the program's name. */
  readonly line?: string
  /** What `--json` prints. */
  readonly answer?: string
}

/** `command`: the name of the one that failed; undefined where none was found. */
export type Explain = (error: TielineError, command: string | undefined) => Explanation | undefined

export interface Failure {
  readonly code: number
  readonly line: string
  readonly answer: string
}

export interface FailureOptions {
  readonly program: string
  readonly command?: string | undefined
  /** Exit codes of error codes that the usual rule does not know. */
  readonly exitCodes?: Readonly<Record<string, number>> | undefined
  readonly explain?: Explain | undefined
}

export function failureOf(thrown: unknown, options: FailureOptions): Failure {
  const { program, command, exitCodes = {}, explain } = options
  if (!isTielineError(thrown)) {
    const { message } = toError(thrown)
    const line = oneLine(`a fault of ${program} itself: ${message}`)
    return { code: EXIT.fault, line, answer: JSON.stringify({ error: { code: 'fault', message } }) }
  }
  const told = explain?.(thrown, command)
  return {
    code: Object.hasOwn(exitCodes, thrown.code)
      ? (exitCodes[thrown.code] as number)
      : exitCode(thrown),
    line: oneLine(told?.line ?? thrown.message) + suggestion(thrown),
    answer: told?.answer ?? answerOf(thrown),
  }
}

function exitCode({ code, origin }: TielineError): number {
  // The server minds the same deadline and may be the one to say so.
  if (code === 'deadline-exceeded') return EXIT.timedOut
  if (origin === 'remote') return EXIT.refused
  if (code === 'usage') return EXIT.usage
  if (code === 'invalid-endpoint' || code === 'invalid-argument' || code === 'unsupported') {
    return EXIT.usage
  }
  return EXIT.unreachable
}

/** What was probably meant by a wrong word of the command line. */
function suggestion({ code, origin, data }: TielineError): string {
  const guess = data as Partial<Guess> | undefined
  // Whoever makes such an error without `usage` may have data of another kind.
  if (code !== 'usage' || origin !== 'local' || !guess?.given || !guess.among) return ''
  const meant = nearest(guess.given, guess.among)
  if (meant !== undefined) return `; did you mean ${meant}?`
  return guess.otherwise === undefined ? '' : `; ${guess.otherwise}`
}

function answerOf({ code, message, data, origin }: TielineError): string {
  try {
    return harmless(
      JSON.stringify({ error: { code, message, ...(origin === 'remote' && { data }) } }),
    )
  } catch {
    // Data that JSON does not have, such as a bigint: the code and message still tell it.
    return harmless(JSON.stringify({ error: { code, message } }))
  }
}
