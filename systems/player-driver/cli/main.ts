// The `player-driver` command: finds the command that is asked for, runs it, and tells how it went in
// one line and an exit code.
import { type Command, EXIT } from './command.js'
import { readArguments } from './command-line.js'
import { failureOf } from './failure.js'
import { overview } from './help.js'
import { Output } from './output.js'
import { usage } from './usage.js'

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  driver: async () => (await import('./driver.js')).driver,
  display: async () => (await import('./display.js')).display,
  watch: async () => (await import('./watch.js')).watch,
  user: async () => (await import('./user.js')).user,
  status: async () => (await import('./status.js')).status,
  demo: async () => (await import('./demo.js')).demo,
}

/** What ends a command, and by convention its exit code is 128 and the signal's number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/**
 * One key press, or one end of a terminal, may come twice: from the terminal and from npm or a shell
 * in between. Milliseconds after which a second signal is one of its own.
 */
const ECHO_MS = 500

const stop = new AbortController()
let stoppedWith: number = EXIT.done
let stoppedAt = 0

for (const [name, number] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    if (stop.signal.aborted) {
      // The second one means it: whatever is still being finished is left.
      if (performance.now() - stoppedAt > ECHO_MS) process.exit(128 + number)
      return
    }
    stoppedAt = performance.now()
    stoppedWith = 128 + number
    stop.abort(new Error(`interrupted by ${name}`))
  })
}

const output = new Output(process.stdout, process.stderr, process.env, () => {
  stop.abort(new Error('nobody reads the output any more'))
})

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const [first = 'help', ...rest] = argv
  let command: Command | undefined
  let tied = false
  try {
    if (first === '--version' || first === '-v') return await version()
    if (first === '--help' || first === '-h' || first === 'help') return await help(rest[0])
    command = await find(first)
    const args = readArguments(command, rest)
    if (args === 'help') return await help(command.name)
    tied = args.has('tied')
    if (tied) endWithStdin()
    const code = await command.run({ args, output, signal: stop.signal })
    return stop.signal.aborted && !command.endsWell ? stoppedWith : code
  } catch (error) {
    // What fails after an interruption fails because of it, and needs no words.
    if (stop.signal.aborted) return stoppedWith
    const { code, line } = failureOf(error, command?.name)
    output.fail(line)
    if (code === EXIT.fault && error instanceof Error) output.note(String(error.stack))
    return code
  } finally {
    if (tied) process.stdin.destroy()
  }
}

/** Whoever started this process holds the other end of its stdin. Its end, however it came, is ours. */
function endWithStdin(): void {
  process.stdin.resume()
  process.stdin.on('close', () => stop.abort(new Error('the program that started this one ended')))
  // Some ends of a pipe come as an error.
  process.stdin.on('error', () => {})
}

function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load !== undefined) return load()
  throw usage(`there is no command '${name}'; there are ${Object.keys(COMMANDS).join(', ')}`)
}

async function help(name: string | undefined): Promise<number> {
  output.line(name === undefined ? overview : (await find(name)).help)
  return EXIT.done
}

async function version(): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  // From dist/cli to the package's root.
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  output.line((JSON.parse(manifest) as { version: string }).version)
  return EXIT.done
}
