// What a command of `superctl` is: its words and options, its help, and how it is run.

import type { Terminal } from 'tieline/command'
import type { Arguments, Option } from './arguments.js'
import type { Remote } from './remote.js'

/** What the process exits with. Scripts rely on these; they are those of the tieline command. */
export const EXIT = {
  ok: 0,
  /** The daemon answered an error. */
  refused: 1,
  usage: 2,
  /** No connection, or it was lost before the answer. */
  unreachable: 3,
  timedOut: 4,
  /** A fault of this program itself: EX_SOFTWARE of sysexits.h. */
  fault: 70,
} as const

export interface Command {
  readonly name: string
  /** What stands after the name, in order; the optional ones in brackets. */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Whether `-- COMMAND ARGS…` may follow. */
  readonly program?: boolean
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
  readonly json: boolean
  /** Runs `use` with a daemon, which is started when there is none, unless `start` is false. */
  withDaemon<T>(use: (remote: Remote) => Promise<T>, options?: { start?: boolean }): Promise<T>
}

/** Options of every command that talks to the daemon. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: {},
  socket: { takesValue: true },
  state: { takesValue: true },
  timeout: { takesValue: true },
}

export const COMMON_HELP = `  --json           print JSON, for scripts; an error as {"error": {"code", "message"}}
  --socket PATH    where the daemon listens; else $SUPERCTL_SOCKET, else
                   $XDG_RUNTIME_DIR/bunctl.sock, else /tmp/bunctl.sock
  --timeout TIME   how long to wait for the daemon: 500ms, 5s, 2m (default 1m)`
