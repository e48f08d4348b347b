// The `file-channel` command: finds the command that is asked for, runs it, and tells how it went in
// one line and an exit code.
import { isTielineError } from 'tieline'
import { type Command, EXIT, readArguments, usage } from './command.js'
import { Output } from './output.js'

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  send: async () => (await import('./send.js')).send,
  request: async () => (await import('./request.js')).request,
  listen: async () => (await import('./listen.js')).listen,
  serve: async () => (await import('./serve.js')).serve,
  watch: async () => (await import('./watch.js')).watch,
  clear: async () => (await import('./clear.js')).clear,
  info: async () => (await import('./info.js')).info,
}

const OVERVIEW = `Usage: file-channel COMMAND DIR [options]

JSON messages between two programs through two files in DIR: a backend and a frontend. For programs
that cannot open a socket. Works with ipckit's file channel on the other side.

  send DIR NAME [JSON]       send an event
  request DIR METHOD [JSON]  ask, and print the answer
  listen DIR                 print the messages for this side as they come, and take them
  serve DIR [MODULE]         be a backend; without a module it answers ping, echo and get_info
  watch DIR                  print what both sides write, and take nothing
  clear DIR                  empty both files
  info DIR                   who reads, what is unread, what was set aside

Options of all: --json (one line of JSON for each thing), --access group|everyone (the other program
is another user's), --help.

Try it, in two terminals:
  file-channel serve /tmp/demo
  file-channel request /tmp/demo echo '{"hello": "world"}'

Exit codes: 0 done, 1 the other side answered with an error, 2 usage, 3 could not, 4 timed out,
130 interrupted.
file-channel COMMAND --help tells more.`

/** What ends a command, and by convention its exit code is 128 and the signal's number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

const stop = new AbortController()
let stoppedWith: number = EXIT.done

for (const [name, number] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // The second one means it: whatever is still being finished is left.
    if (stop.signal.aborted) process.exit(128 + number)
    stoppedWith = 128 + number
    stop.abort(new Error(`interrupted by ${name}`))
  })
}

const output = new Output(process.stdout, process.stderr, () => {
  stop.abort(new Error('nobody reads the output any more'))
})

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const [first = '--help', ...rest] = argv
  let command: Command | undefined
  try {
    if (first === '--version' || first === '-v') return await version()
    if (first === '--help' || first === '-h' || first === 'help') return await help(rest[0])
    command = await find(first)
    const args = readArguments(first, command, rest)
    if (args === 'help') return await help(first)
    const code = await command.run({ args, output, signal: stop.signal })
    return stop.signal.aborted && !command.endsWell ? stoppedWith : code
  } catch (error) {
    // What fails after an interruption fails because of it, and needs no words.
    if (stop.signal.aborted) return stoppedWith
    return failed(error, command === undefined ? '' : `${first} `)
  }
}

function failed(error: unknown, command: string): number {
  if (!isTielineError(error)) {
    output.fail(`a fault of file-channel itself: ${String(error)}`)
    if (error instanceof Error) output.note(String(error.stack))
    return EXIT.fault
  }
  const hint = error.code === 'usage' ? `; see file-channel ${command}--help` : ''
  output.fail(error.message + hint)
  if (error.code === 'usage' || error.code === 'invalid-argument') return EXIT.usage
  if (error.code === 'deadline-exceeded') return EXIT.timedOut
  return error.origin === 'remote' ? EXIT.refused : EXIT.couldNot
}

function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load !== undefined) return load()
  throw usage(`there is no command '${name}'; there are ${Object.keys(COMMANDS).join(', ')}`)
}

async function help(name: string | undefined): Promise<number> {
  output.line(name === undefined ? OVERVIEW : (await find(name)).help)
  return EXIT.done
}

async function version(): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  // From dist/cli to the package's root.
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  output.line((JSON.parse(manifest) as { version: string }).version)
  return EXIT.done
}
