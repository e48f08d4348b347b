// The `tieline` command: finds the command that is asked for, runs it, and tells how it went in one
// line and an exit code. A command's file is loaded when it is asked for: `tieline call` must start
// as quickly as it can.

import { Terminal } from '../src/command/terminal.js'
import { type Arguments, readArguments } from './arguments.js'
import { type Command, EXIT } from './command.js'
import { usage } from './usage.js'

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  call: async () => (await import('./call.js')).call,
  notify: async () => (await import('./notify.js')).notify,
  listen: async () => (await import('./listen.js')).listen,
  ping: async () => (await import('./ping.js')).ping,
  describe: async () => (await import('./describe.js')).describe,
  serve: async () => (await import('./serve.js')).serve,
}

/** What ends a command, and by convention its exit code is 128 and the signal's number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

const stop = new AbortController()
let stoppedWith: number = EXIT.answered
let forScripts = false

for (const [name, number] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // The second one means it: whatever is still being finished is left.
    if (stop.signal.aborted) process.exit(128 + number)
    stoppedWith = 128 + number
    stop.abort(new Error(`interrupted by ${name}`))
  })
}

const terminal = new Terminal('tieline', process.stdout, process.stderr, process.env, () => {
  // `tieline listen … | head -1` has what it wanted: that is a good end.
  stop.abort(new Error('nobody reads the output any more'))
})

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv)
  } catch (error) {
    // What fails after an interruption fails because of it, and needs no words.
    if (stop.signal.aborted) return stoppedWith
    const { failureOf } = await import('./failure.js')
    const { code, line, answer } = failureOf(error)
    if (forScripts && answer !== undefined) await terminal.print(answer)
    terminal.fail(line)
    if (code === EXIT.fault && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return code
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const [first = 'help', ...rest] = argv
  if (first === '--version' || first === '-v') return version()
  if (first === 'help' || first === '--help' || first === '-h') return help(rest[0])
  const command = await find(first)
  const args: Arguments | 'help' = readArguments(command, rest)
  if (args === 'help') return help(command.name)
  forScripts = args.has('json')
  return command.run({ args, terminal, signal: stop.signal })
}

function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load !== undefined) return load()
  const among = Object.keys(COMMANDS)
  const otherwise = `there are ${among.join(', ')} (tieline --help)`
  throw usage(`there is no command '${name}'`, { given: name, among, otherwise })
}

async function help(name: string | undefined): Promise<number> {
  const text = name === undefined ? (await import('./help.js')).overview : (await find(name)).help
  await terminal.print(text)
  return EXIT.answered
}

async function version(): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  // From dist/cli to the package's root.
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  await terminal.print((JSON.parse(manifest) as { version: string }).version)
  return EXIT.answered
}
