// A program of several commands: finds the one that is asked for, runs it, and tells how it went in
// one line and an exit code. What is not needed to run a command is loaded when it is needed.

import { readArguments } from './arguments.js'
import { type Command, EXIT } from './command.js'
import type { Explain } from './failure.js'
import { type Screen, Terminal } from './terminal.js'
import { usage } from './usage.js'

/** A program as data. See `program`. */
export interface ProgramSpec {
  readonly name: string
  /** The package.json that has the version, by its URL; read for `--version` alone. */
  readonly manifest: URL
  /** What the program is for, in a sentence. */
  readonly summary: string
  readonly commands: Readonly<Record<string, CommandEntry>>
  /** What else the overview tells. */
  readonly notes?: string
  /** What exit codes mean here, where the usual words do not say it. */
  readonly exits?: {
    readonly done?: string
    readonly refused?: string
    readonly unreachable?: string
  }
  /** Command lines, each behind `$ `, and what they print. */
  readonly example: string
  /** Exit codes for error codes of the program's own. */
  readonly exitCodes?: Readonly<Record<string, number>>
  /** Says better what some errors mean. Loaded when something has failed. */
  readonly explain?: () => Promise<Explain>
  /**
   * Milliseconds within which a second signal is the echo of the first and changes nothing: one key
   * press may come twice, from the terminal and from npm or a shell in between. 0 unless told.
   */
  readonly echoMs?: number
}

/** A command in a program's table. */
export interface CommandEntry {
  /**
   * What it does, for the overview; or how it is written there and what that does:
   * `{ 'call ENDPOINT METHOD [JSON]': 'call a method' }`. Without it the command is not listed.
   */
  readonly summary?: string | Readonly<Record<string, string>>
  /** Loaded when it is asked for, so that each command starts quickly. */
  readonly load: () => Promise<Command>
}

/** What is needed of Node's `process`. */
export interface Process {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Screen
  readonly stderr: Screen
  exitCode?: number | string | null | undefined
  on(signal: keyof typeof SIGNALS, listener: () => void): unknown
  exit(code: number): void
}

/** What ends a command, and by convention its exit code is 128 and the signal's number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/** What stdout fails with when it is a file that cannot grow. Anything else means that its reader left. */
const DISK_ERRORS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What `program` makes. */
export interface Program {
  /** Runs the command line of the process, and sets its exit code. Never rejects. */
  run(process: Process): Promise<void>
}

/**
 * A program of commands. The whole of the simplest one, with its command in a file of its own
 * (`command` has an example of that):
 *
 *     await program({
 *       name: 'greeter',
 *       manifest: new URL('../package.json', import.meta.url),
 *       summary: 'Greets people.',
 *       commands: {
 *         hello: { summary: 'say hello', load: async () => (await import('./hello.js')).hello },
 *       },
 *       example: '$ greeter hello Ada',
 *     }).run(process)
 */
export function program(spec: ProgramSpec): Program {
  return { run: (process) => new Run(spec, process).run() }
}

class Run {
  readonly #spec: ProgramSpec
  readonly #process: Process
  readonly #terminal: Terminal
  readonly #stop = new AbortController()
  #stoppedWith: number = EXIT.done
  #stoppedAt = 0
  #unwritten = false
  #command: Command | undefined
  #json = false

  constructor(spec: ProgramSpec, process: Process) {
    this.#spec = spec
    this.#process = process
    const { stdout, stderr, env } = process
    this.#terminal = new Terminal(spec.name, stdout, stderr, env, (error) => this.#gone(error))
    for (const [name, number] of Object.entries(SIGNALS)) {
      process.on(name as keyof typeof SIGNALS, () => this.#interrupt(name, number))
    }
  }

  async run(): Promise<void> {
    const process = this.#process
    const ran = this.#ran(process.argv.slice(2))
    const code = await ran.catch((error) => this.#failed(error))
    process.exitCode = this.#unwritten ? EXIT.unwritten : code
  }

  /** Stdout takes no more. `tieline listen … | head -1` has what it wanted: that is a good end. */
  #gone(error: Error): void {
    const { code } = error as NodeJS.ErrnoException
    if (code !== undefined && DISK_ERRORS.has(code)) {
      this.#terminal.fail(`cannot write to stdout: ${error.message}`)
      this.#unwritten = true
      // The command may be over already: a file tells of it behind the write.
      this.#process.exitCode = EXIT.unwritten
    }
    this.#stop.abort(new Error('stdout takes no more'))
  }

  #interrupt(name: string, number: number): void {
    const now = performance.now()
    if (this.#stop.signal.aborted) {
      // The second one means it: whatever is still being finished is left.
      if (now - this.#stoppedAt >= (this.#spec.echoMs ?? 0)) this.#process.exit(128 + number)
      return
    }
    this.#stoppedAt = now
    this.#stoppedWith = 128 + number
    this.#stop.abort(new Error(`interrupted by ${name}`))
  }

  async #ran(argv: readonly string[]): Promise<number> {
    const [first = 'help', ...rest] = argv
    if (first === '--version' || first === '-v') return this.#version()
    if (first === 'help' || first === '--help' || first === '-h') {
      return this.#help(rest.find((word) => !word.startsWith('-')))
    }
    const command = await this.#find(first)
    this.#command = command
    // Known before the line is read: also what is wrong with it is told as JSON.
    this.#json = Object.hasOwn(command.options, 'json') && rest.includes('--json')
    const args = readArguments(this.#spec.name, command, rest)
    if (args === 'help') return this.#help(first)
    this.#json = args.options['json'] === true
    const { signal } = this.#stop
    const code = await command.run({ args, terminal: this.#terminal, signal })
    return signal.aborted && !command.endsWell ? this.#stoppedWith : code
  }

  #find(name: string): Promise<Command> {
    const { name: program, commands } = this.#spec
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (entry !== undefined) return entry.load()
    if (name.startsWith('-')) {
      throw usage(`there is no option ${name} before the command`, {
        given: name,
        among: ['--help', '--version'],
        otherwise: `options stand behind it (${program} --help)`,
      })
    }
    const among = Object.keys(commands)
    const otherwise = `there are ${among.join(', ')} (${program} --help)`
    throw usage(`there is no command '${name}'`, { given: name, among, otherwise })
  }

  async #help(name: string | undefined): Promise<number> {
    const command = name === undefined ? undefined : await this.#find(name)
    const help = await import('./help.js')
    await this.#terminal.print(
      command ? help.commandHelp(this.#spec.name, command) : help.overview(this.#spec),
    )
    return EXIT.done
  }

  async #version(): Promise<number> {
    await this.#terminal.print(await (await import('./version.js')).versionOf(this.#spec.manifest))
    return EXIT.done
  }

  async #failed(error: unknown): Promise<number> {
    // What fails after an interruption fails because of it, and needs no words.
    if (this.#stop.signal.aborted) return this.#stoppedWith
    const { name, exitCodes, explain } = this.#spec
    const { failureOf } = await import('./failure.js')
    const { code, line, answer } = failureOf(error, {
      program: name,
      command: this.#command?.name,
      exitCodes,
      explain: await explain?.(),
    })
    if (this.#json) await this.#terminal.print(answer)
    this.#terminal.fail(line)
    if (code === EXIT.fault && error instanceof Error) this.#terminal.note(`${error.stack}`)
    return code
  }
}
