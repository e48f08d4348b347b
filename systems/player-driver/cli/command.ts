// What a command of `player-driver` is. Each command is one file, loaded when it is asked for.
import type { Arguments } from './arguments.js'
import type { Output } from './output.js'

/** What the process exits with; the same as the `tieline` command's. Scripts rely on these. */
export const EXIT = {
  done: 0,
  /** The driver answered an error; of `demo`: a part of it failed. */
  refused: 1,
  usage: 2,
  /** No connection, or nobody could listen. */
  unreachable: 3,
  timedOut: 4,
  /** A fault of this program itself: EX_SOFTWARE of sysexits.h. */
  fault: 70,
} as const

export interface Option {
  /** Whether a value follows. Otherwise it is on or off. */
  readonly takesValue?: boolean
}

export interface Command {
  readonly name: string
  /** What stands after the name, in order; the optional ones in brackets, with ... when there may be any number. */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** The whole text of `--help`, its example included. */
  readonly help: string
  /** Ends well when it is interrupted: then it exits with 0 instead of 130. */
  readonly endsWell?: boolean
  /** Resolves with the exit code; what it rejects with is told in one line. */
  run(context: Context): Promise<number>
}

export interface Context {
  readonly args: Arguments
  readonly output: Output
  /** Fires on Ctrl-C and its like, when nobody reads stdout any more, and with `--tied` when stdin ends. */
  readonly signal: AbortSignal
}
