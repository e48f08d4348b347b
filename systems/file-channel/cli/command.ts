// What a command of `file-channel` is, and how its line is read. Each command is one file, loaded
// when it is asked for.
import { parseArgs } from 'node:util'
import { TielineError } from 'tieline'
import { milliseconds } from '../src/time-limit.js'
import type { Output } from './output.js'

/** What the process exits with; the same as the `tieline` command's. Scripts rely on these. */
export const EXIT = {
  done: 0,
  /** The other side answered with an error. */
  refused: 1,
  usage: 2,
  /** No directory, not permitted, no room, somebody else reads. */
  couldNot: 3,
  timedOut: 4,
  /** A fault of this program itself: EX_SOFTWARE of sysexits.h. */
  fault: 70,
} as const

export interface Command {
  /** What stands after the name, in order; the optional ones in brackets. */
  readonly words: readonly string[]
  /** Options that take a value, and those that do not. */
  readonly values: readonly string[]
  readonly switches: readonly string[]
  /** The whole text of `--help`, its example included. */
  readonly help: string
  /** Its usual end is an interruption: then it exits with 0 instead of 130. */
  readonly endsWell?: boolean
  /** Resolves with the exit code; what it rejects with is told in one line. */
  run(context: Context): Promise<number>
}

export interface Context {
  readonly args: Arguments
  readonly output: Output
  /** Fires on Ctrl-C and its like, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
}

/** The command line is wrong. */
export function usage(message: string): TielineError {
  return new TielineError('usage', message)
}

export class Arguments {
  readonly #words: readonly string[]
  readonly #options: Readonly<Record<string, string | boolean | undefined>>

  constructor(
    words: readonly string[],
    options: Readonly<Record<string, string | boolean | undefined>>,
  ) {
    this.#words = words
    this.#options = options
  }

  /** A word that must be there. */
  word(index: number): string {
    return this.#words[index] as string
  }

  optional(index: number): string | undefined {
    return this.#words[index]
  }

  has(option: string): boolean {
    return this.#options[option] === true
  }

  value(option: string): string | undefined {
    const value = this.#options[option]
    return typeof value === 'string' ? value : undefined
  }

  /** The side to be: `--as`, or what is usual for the command. */
  side(usual: 'backend' | 'frontend'): 'backend' | 'frontend' {
    const as = this.value('as') ?? usual
    if (as === 'backend' || as === 'frontend') return as
    throw usage(`--as ${as} is no side; write backend or frontend`)
  }

  /** Milliseconds of `--timeout`. */
  timeout(usual: number): number {
    const text = this.value('timeout')
    if (text === undefined) return usual
    try {
      return milliseconds(text as `${number}s`)
    } catch {
      throw usage(`--timeout ${text} is no time; write 500ms, 20s or 2m`)
    }
  }

  /** A word that is JSON; `{}` when it is not there. */
  json(index: number): unknown {
    const text = this.#words[index]
    if (text === undefined) return {}
    try {
      return JSON.parse(text)
    } catch {
      const quoted = JSON.stringify(text)
      throw usage(
        `${text} is not JSON; a text is written as '${quoted}', an object as '{"key": 1}'`,
      )
    }
  }

  /** How the channel is opened. */
  get access(): 'user' | 'group' | 'everyone' {
    const access = this.value('access') ?? 'user'
    if (access === 'user' || access === 'group' || access === 'everyone') return access
    throw usage(`--access ${access} is not known; write user, group or everyone`)
  }
}

/** The arguments behind the command's name, or 'help' where that is asked. Throws `usage`. */
export function readArguments(
  name: string,
  command: Command,
  argv: readonly string[],
): Arguments | 'help' {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    access: { type: 'string' },
  }
  for (const option of command.values) options[option] = { type: 'string' }
  for (const option of command.switches) options[option] = { type: 'boolean' }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw usage((error as Error).message.split('. ')[0] ?? 'the command line cannot be read')
  }
  const { positionals, values } = parsed
  if (values.help === true) return 'help'
  const needed = command.words.filter((word) => !word.startsWith('['))
  if (positionals.length < needed.length) {
    throw usage(`${name} needs ${needed.slice(positionals.length).join(' and ')}`)
  }
  const extra = positionals[command.words.length]
  if (extra !== undefined) throw usage(`${name} has no place for '${extra}'`)
  return new Arguments(positionals, values as Record<string, string | boolean | undefined>)
}
