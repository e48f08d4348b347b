// What a command of `tieline` is: its words and options, its help, and how it is run. Each command is
// one file, loaded when it is asked for.
import { TielineError } from '../src/errors.js'
import type { Arguments } from './arguments.js'
import type { Terminal } from './terminal.js'

/** What the process exits with. Scripts rely on these. */
export const EXIT = {
  answered: 0,
  /** The other side answered an error. */
  refused: 1,
  usage: 2,
  /** No connection, or it was lost before the answer. */
  unreachable: 3,
  timedOut: 4,
  /** A fault of this program itself: EX_SOFTWARE of sysexits.h. */
  fault: 70,
} as const

export interface Option {
  readonly short?: string
  /** Whether a value follows. Otherwise it is on or off. */
  readonly takesValue?: boolean
}

export interface Command {
  readonly name: string
  /** What stands after the name, in order; the optional ones in brackets. */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** The whole text of `--help`, its example included. */
  readonly help: string
  /** Resolves with the exit code; what it rejects with is told in one line. */
  run(context: Context): Promise<number>
}

export interface Context {
  readonly args: Arguments
  readonly terminal: Terminal
  /** Fires on Ctrl-C and its like, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
}

/** What was written wrongly, and what could have been meant. */
export interface Guess {
  readonly given: string
  readonly among: readonly string[]
  /** What to say when nothing is near. */
  readonly otherwise?: string
}

/** The command line is wrong. `message` goes behind 'tieline: '; the nearest of the guess is added. */
export function usage(message: string, guess?: Guess): TielineError {
  return new TielineError('usage', message, { data: guess })
}

/** `tieline call ENDPOINT METHOD [JSON]` */
export function synopsis(command: Pick<Command, 'name' | 'words'>): string {
  return ['tieline', command.name, ...command.words].join(' ')
}
