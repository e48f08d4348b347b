import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { TielineError } from '../errors.js'
import { type CommandSpec, command, EXIT } from './command.js'
import type { Options } from './options.js'
import { type Process, type ProgramSpec, program } from './program.js'
import { usage } from './usage.js'

type HelloRun = CommandSpec<readonly ['NAME'], { readonly json: { readonly kind: 'flag' } }>['run']

/** A program whose only command that does something runs `run`; and a process for it. */
function greeter(
  run: HelloRun,
  { more = {}, endsWell = false }: { more?: Partial<ProgramSpec>; endsWell?: boolean } = {},
) {
  const options = { json: { kind: 'flag', about: 'print JSON' } } as const satisfies Options
  const about = 'Says hello.'
  const example = '$ greeter hello Ada'
  const hello = command({ name: 'hello', words: ['NAME'], options, about, example, endsWell, run })
  const unused = vi.fn(async () => hello)
  const spec: ProgramSpec = {
    name: 'greeter',
    manifest: new URL('../../package.json', import.meta.url),
    summary: 'Greets people.',
    commands: {
      hello: { summary: { 'hello NAME': 'say hello' }, load: async () => hello },
      goodbye: { summary: 'say goodbye', load: unused },
      secret: { load: unused },
    },
    example,
    ...more,
  }
  const signals = new Map<string, () => void>()
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const exit = vi.fn()
  const process: Process = {
    argv: [],
    env: {},
    stdout,
    stderr,
    on: (name, listener) => signals.set(name, listener),
    exit,
  }
  const ran = async (...argv: string[]) => {
    const own = Object.assign(process, { argv: ['node', 'greeter', ...argv] })
    await program(spec).run(own)
    const [out = '', err = ''] = [stdout, stderr].map(textOf)
    return { code: own.exitCode, out, err }
  }
  return { ran, exit, unused, stdout, signal: (name: string) => signals.get(name)?.() }
}

const hello: HelloRun = async ({ args, terminal }) => {
  await terminal.print(`Hello ${args.words[0]}`)
  return EXIT.done
}

test('runs the command that is asked for, and loads no other', async () => {
  const { ran, unused } = greeter(hello)
  expect(await ran('hello', 'Ada')).toEqual({ code: 0, out: 'Hello Ada\n', err: '' })
  expect(unused).not.toHaveBeenCalled()
})

test('exits with what the command resolves with', async () => {
  expect(await greeter(async () => 7).ran('hello', 'Ada')).toEqual({ code: 7, out: '', err: '' })
})

test('tells what there is where a command is not', async () => {
  const { ran } = greeter(hello)
  expect(await ran('helo')).toEqual({
    code: 2,
    out: '',
    err: "greeter: there is no command 'helo'; did you mean hello?\n",
  })
  expect((await greeter(hello).ran('constructor')).err).toBe(
    "greeter: there is no command 'constructor'; there are hello, goodbye, secret (greeter --help)\n",
  )
})

test.each([[[]], [['help']], [['--help']], [['-h']]])('%j prints the overview', async (argv) => {
  expect(await greeter(hello).ran(...argv)).toEqual({
    code: 0,
    out: `Greets people.

  greeter hello NAME  say hello
  greeter goodbye     say goodbye

Exit codes
  0  done               3    could not connect, or lost the connection
  1  answered an error  4    timed out
  2  wrong usage        130  Ctrl-C

Example
  $ greeter hello Ada

greeter COMMAND --help has more; --version tells the version.
`,
    err: '',
  })
})

test.each([[['help', 'hello']], [['hello', '--help']], [['hello', 'x', '-h']]])(
  '%j prints the help of the command',
  async (argv) => {
    const { out } = await greeter(hello).ran(...argv)
    expect(out).toBe(`greeter hello NAME

Says hello.

  --json   print JSON

Example:
  $ greeter hello Ada
`)
  },
)

test.each(['--version', '-v'])('%s prints the version of the package', async (option) => {
  expect((await greeter(hello).ran(option)).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('tells a failure in one line, and with --json as JSON too', async () => {
  const refuse: HelloRun = async () => {
    throw new TielineError('not-found', 'nobody is\ncalled Ada', { origin: 'remote' })
  }
  const err = 'greeter: nobody is called Ada\n'
  expect(await greeter(refuse).ran('hello', 'Ada')).toEqual({ code: 1, out: '', err })
  expect(await greeter(refuse).ran('hello', 'Ada', '--json')).toEqual({
    code: 1,
    out: '{"error":{"code":"not-found","message":"nobody is\\ncalled Ada"}}\n',
    err,
  })
})

test('tells a command line that is wrong as JSON where that is asked', async () => {
  const { code, out } = await greeter(hello).ran('hello', '--json')
  expect([code, JSON.parse(out)]).toEqual([
    2,
    { error: { code: 'usage', message: 'hello needs NAME: greeter hello NAME' } },
  ])
})

test('a fault of the program itself is told with its stack', async () => {
  const { code, err } = await greeter(() => Promise.reject(new TypeError('no x'))).ran('hello', 'A')
  expect(code).toBe(70)
  expect(err).toMatch(/^greeter: a fault of greeter itself: no x\nTypeError: no x\n {4}at /)
})

test('a program has words and exit codes for errors of its own', async () => {
  const more: Partial<ProgramSpec> = {
    exitCodes: { 'invalid-config': EXIT.usage },
    explain: async () => (error, name) => ({ line: `${name}: ${error.code}` }),
  }
  const fail: HelloRun = async () => {
    throw new TielineError('invalid-config', 'no')
  }
  expect(await greeter(fail, { more }).ran('hello', 'Ada')).toEqual({
    code: 2,
    out: '',
    err: 'greeter: hello: invalid-config\n',
  })
})

/** Until it is interrupted; then resolves, or rejects. */
const waiting =
  (interrupt: (name: string) => void, name: string, end: () => Promise<number>): HelloRun =>
  async ({ signal }) => {
    queueMicrotask(() => interrupt(name))
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return end()
  }

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])('%s ends a command with %i and without a word', async (name, code) => {
  for (const end of [async () => EXIT.done, () => Promise.reject(usage('interrupted'))]) {
    const it = greeter(waiting((each) => it.signal(each), name, end))
    expect(await it.ran('hello', 'Ada')).toEqual({ code, out: '', err: '' })
    expect(it.exit).not.toHaveBeenCalled()
  }
})

test('a command that ends well says itself how that end went', async () => {
  const end = async () => EXIT.refused
  const it = greeter(
    waiting((name) => it.signal(name), 'SIGINT', end),
    { endsWell: true },
  )
  expect((await it.ran('hello', 'Ada')).code).toBe(EXIT.refused)
})

test('a second signal ends the process at once', async () => {
  const it = greeter(
    waiting(
      (name) => {
        it.signal(name)
        it.signal('SIGTERM')
      },
      'SIGINT',
      async () => EXIT.done,
    ),
  )
  await it.ran('hello', 'Ada')
  expect(it.exit.mock.calls).toEqual([[143]])
})

test('an echo of the first signal is none', async () => {
  const twice = (name: string) => {
    it.signal(name)
    it.signal(name)
  }
  // An hour: the test is not that slow.
  const more = { echoMs: 3_600_000 }
  const it = greeter(
    waiting(twice, 'SIGINT', async () => EXIT.done),
    { more },
  )
  expect((await it.ran('hello', 'Ada')).code).toBe(130)
  expect(it.exit).not.toHaveBeenCalled()
})

test('a reader of stdout that has enough ends the command, and well', async () => {
  const close = () => void it.stdout.destroy(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }))
  const it = greeter(waiting(close, '', () => Promise.reject(usage('interrupted'))))
  expect(await it.ran('hello', 'Ada')).toEqual({ code: 0, out: '', err: '' })
})

test.each([false, true])(
  'a full disk below stdout is told, and exits 74 (%s: ends well)',
  async (endsWell) => {
    const full = () =>
      void it.stdout.destroy(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
    const it = greeter(
      waiting(full, '', async () => EXIT.done),
      { endsWell },
    )
    expect(await it.ran('hello', 'Ada')).toEqual({
      code: 74,
      out: '',
      err: 'greeter: cannot write to stdout: no space\n',
    })
  },
)

test('an option before the command is told as one', async () => {
  expect((await greeter(hello).ran('--json', 'hello', 'Ada')).err).toBe(
    'greeter: there is no option --json before the command; options stand behind it (greeter --help)\n',
  )
  expect(await greeter(hello).ran('--versoin')).toEqual({
    code: 2,
    out: '',
    err: 'greeter: there is no option --versoin before the command; did you mean --version?\n',
  })
  expect((await greeter(hello).ran('help', '--help')).code).toBe(EXIT.done)
})

/** All that was written to it: `read` returns a piece at a time from Node 26 on. */
function textOf(stream: PassThrough): string {
  let text = ''
  for (let piece = stream.read(); piece !== null; piece = stream.read()) text += String(piece)
  return text
}
