// What a command of `tieline` is: its words and options, its help, and how it is run. Each command is
// one file, loaded when it is asked for.

import type { Terminal } from '../src/command/terminal.js'
import type { Arguments, Syntax } from './arguments.js'

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

export interface Command extends Syntax {
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
