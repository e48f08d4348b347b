// The `superctl` command: finds the command that is asked for, runs it, and tells how it went in one
// line and an exit code. A command's file is loaded when it is asked for, so that it starts quickly.

import { Terminal } from 'tieline/command'
import { isNear } from '../src/config/near.js'
import { readArguments } from './arguments.js'
import { type Command, EXIT } from './command.js'
import { withDaemon } from './session.js'
import { usage } from './usage.js'

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.js')).start,
  stop: async () => (await import('./commands/apps.js')).stop,
  restart: async () => (await import('./commands/apps.js')).restart,
  delete: async () => (await import('./commands/apps.js')).remove,
  status: async () => (await import('./commands/status.js')).status,
  ps: async () => (await import('./commands/ps.js')).ps,
  logs: async () => (await import('./commands/logs.js')).logs,
  events: async () => (await import('./commands/events.js')).events,
  reload: async () => (await import('./commands/lists.js')).reload,
  save: async () => (await import('./commands/lists.js')).save,
  resurrect: async () => (await import('./commands/lists.js')).resurrect,
  kill: async () => (await import('./commands/kill.js')).kill,
  daemon: async () => (await import('./commands/daemon.js')).daemon,
  startup: async () => (await import('./commands/startup.js')).startup,
}

/** What ends a command, and by convention its exit code is 128 and the signal's number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

const stop = new AbortController()
let stoppedWith: number = EXIT.ok
let json = false

for (const [name, number] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // The second one means it: whatever is still being finished is left.
    if (stop.signal.aborted) process.exit(128 + number)
    stoppedWith = 128 + number
    stop.abort(new Error(`interrupted by ${name}`))
  })
}

const terminal = new Terminal('superctl', process.stdout, process.stderr, process.env, () => {
  // `superctl logs -f | head -1` has what it wanted: that is a good end.
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
    if (json) await terminal.print(JSON.stringify(answer))
    terminal.fail(line)
    if (code === EXIT.fault && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return code
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const [first = 'help', ...rest] = argv
  if (first === '--version' || first === '-v') {
    await terminal.print(await (await import('./version.js')).version())
    return EXIT.ok
  }
  if (first === 'help' || first === '--help' || first === '-h') return help(rest[0])
  const command = await find(first)
  const args = readArguments(command, rest)
  if (args === 'help') return help(command.name)
  json = args.has('json')
  const { signal } = stop
  return command.run({
    args,
    terminal,
    signal,
    json,
    withDaemon: (use, options) => withDaemon(args, signal, use, options),
  })
}

function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load !== undefined) return load()
  const near = Object.keys(COMMANDS).find((known) => isNear(name, known))
  const hint = near === undefined ? '' : ` did you mean ${near}?`
  throw usage(`there is no command '${name}';${hint} superctl --help lists them`)
}

async function help(name: string | undefined): Promise<number> {
  const text = name === undefined ? (await import('./help.js')).overview : (await find(name)).help
  await terminal.print(text)
  return EXIT.ok
}
