// What a command is: its words and options as data, its help, and how it is run.
import type { Arguments, Options, Words } from './options.js'
import type { Terminal } from './terminal.js'

/** What a process exits with. Scripts rely on these. */
export const EXIT = {
  done: 0,
  /** The other side answered an error. */
  refused: 1,
  usage: 2,
  /** No connection, or it was lost before the answer. */
  unreachable: 3,
  timedOut: 4,
  /** A fault of the program itself: EX_SOFTWARE of sysexits.h. */
  fault: 70,
  /** Stdout took no more, as on a full disk: EX_IOERR of sysexits.h. */
  unwritten: 74,
} as const

/** What a command's `run` is given. */
export interface Context<W extends Words = Words, O extends Options = Options> {
  readonly args: Arguments<W, O>
  readonly terminal: Terminal
  /** Fires on Ctrl-C, SIGTERM and SIGHUP, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
}

/** A command as data, and what it does. See `command`. */
export interface CommandSpec<W extends Words, O extends Options> {
  readonly name: string
  /** What stands behind the name, in order. See `Words`. */
  readonly words?: W
  /** `COMMAND ARGS…`, for a command behind whose `--` another command line may follow. */
  readonly rest?: string
  /**
   * By their long names. Every command has `--help` and `-h`. One with a flag `json` prints JSON with
   * it, and has a failure printed as `{"error": {"code", "message", "data"}}`.
   */
  readonly options?: O
  /** How it is written, for the head of its help, where the words and options do not say it all. */
  readonly usage?: string
  /** What it does: some sentences, in lines of at most 80 characters. */
  readonly about: string
  /** What the words stand for. */
  readonly terms?: Readonly<Record<string, string>>
  /** What is to be said behind the options. */
  readonly notes?: string
  /** Command lines, each behind `$ `, and what they print. Several examples are an array. */
  readonly example: string | readonly string[]
  /** `Example` or `Examples` unless told. */
  readonly exampleTitle?: string
  /** Its usual end is an interruption: it then exits with what `run` resolves with, and not with 130. */
  readonly endsWell?: boolean
  /** Resolves with the exit code. What it rejects with is told in one line. */
  run(context: Context<W, O>): Promise<number>
}

/** A command as the program sees it, whatever its words and options. */
export interface Command extends CommandSpec<Words, Options> {
  readonly words: Words
  readonly options: Options
}

/**
 * Makes a command. Its `run` gets the words and options as the data says they are:
 *
 *     export const hello = command({
 *       name: 'hello',
 *       words: ['NAME', '[GREETING]'],
 *       options: {
 *         times: { kind: 'number', short: 'n', value: 'N', about: 'how often (default 1)' },
 *       },
 *       about: 'Says hello.',
 *       terms: { NAME: 'to whom' },
 *       example: '$ greeter hello Ada',
 *       async run({ args, terminal }) {
 *         const [name, greeting = 'Hello'] = args.words
 *         for (let i = 0; i < (args.options.times ?? 1); i++) {
 *           await terminal.print(`${greeting} ${name}`)
 *         }
 *         return EXIT.done
 *       },
 *     })
 */
export function command<
  const W extends Words = readonly [],
  const O extends Options = Record<never, never>,
>(spec: CommandSpec<W, O>): Command {
  // Only `readArguments` makes what `run` is given, from these words and options.
  return { words: [], options: {}, ...spec } as unknown as Command
}

/** `tieline call ENDPOINT METHOD [JSON]` */
export function synopsis(program: string, { name, words, options, rest }: Command): string {
  const required = requiredOptions(options).map(([, written]) => written)
  const behind = rest === undefined ? [] : [`[-- ${rest}]`]
  return [program, name, ...words, ...required, ...behind].join(' ')
}

/** The options that must be there, each with how it is written. */
export function requiredOptions(options: Options): [name: string, written: string][] {
  return Object.entries(options).flatMap(([name, option]) => {
    const required = 'required' in option && option.required === true
    return required ? [[name, `--${name} ${option.value}`] as [string, string]] : []
  })
}
