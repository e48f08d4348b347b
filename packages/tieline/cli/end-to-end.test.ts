import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commandHelp } from '../src/command/help.js'
import {
  call,
  contract,
  describe as described,
  fail,
  jsonRpc,
  msgpackRpc,
  native,
  notify,
  type Peer,
  type Protocol,
  type Server,
  serve,
  stream,
  type,
} from '../src/index.js'
import { websocket } from '../src/transport/index.js'
import { call as callCommand } from './call.js'
import { folder, start, tieline } from './run.test.helper.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.2',
  methods: {
    hello: call({
      input: z.object({ name: z.string() }),
      output: z.string(),
      params: ['name'],
      errors: { 'not-found': z.object({ name: z.string() }) },
      summary: 'Greets by name.',
    }),
    echo: call({ input: type<unknown>(), output: type<unknown>() }),
    stuck: call({ input: z.string(), summary: 'Never answers.' }),
    tap: call(),
    broken: call(),
    cut: call({ summary: 'Drops the connection.' }),
    count: stream({ input: z.number(), output: z.number(), summary: 'Counts to a number.' }),
    forever: stream({ input: z.string(), output: z.string() }),
    log: notify({ input: z.string() }),
  },
})

// What happened on the server's side, by the word that the caller sent, awaited with `event`.
const events = new Map<string, () => void>()
const seen = new Set<string>()

function happened(what: string): void {
  seen.add(what)
  events.get(what)?.()
}

function event(what: string): Promise<void> {
  if (seen.has(what)) return Promise.resolve()
  return new Promise((resolve) => events.set(what, resolve))
}

let taps = 0

const handlers = (peer: Peer) => ({
  hello({ name }: { name: string }) {
    if (name === 'nobody') throw fail('not-found', 'nobody is not here', { name })
    return `Hello ${name}`
  },
  echo: (value: unknown) => value,
  async stuck(word: string, { signal }: { signal: AbortSignal }) {
    const aborted = once(signal, 'abort')
    happened(`${word} runs`)
    await aborted
    happened(`${word} was cancelled`)
  },
  tap: () => happened(`tapped ${++taps}`),
  broken() {
    throw new TypeError('a secret of the server')
  },
  cut: () => peer.abort(new Error('gone')),
  async *count(most: number) {
    for (let number = 1; number <= most; number++) yield number
    if (most === 13) throw fail('unlucky', 'thirteen')
  },
  async *forever(word: string) {
    try {
      for (;;) {
        yield word
        await sleep(1)
      }
    } finally {
      happened(`${word} was left`)
    }
  },
  log: (line: string) => happened(`log ${line}`),
})

const servers: Server[] = []

async function serveWith(protocol: Protocol, name = protocol.name): Promise<string> {
  const at = `unix:${join(folder, `${name}.sock`)}`
  const connected = (peer: Peer) => {
    // To those who listen; `call` has no ear for it.
    for (const word of ['one', 'two', 'three']) peer.notify('changed', [word])
  }
  servers.push(await serve(Greeter, handlers, { at, protocol, connected }))
  return at
}

let at: string
const endpoints: Record<string, string> = {}

beforeAll(async () => {
  at = await serveWith(native())
  endpoints.native = at
  endpoints['msgpack-rpc'] = await serveWith(msgpackRpc())
  endpoints['json-rpc'] = await serveWith(jsonRpc({ framing: 'lines' }))
  const headers = 'json-rpc-content-length'
  endpoints[headers] = await serveWith(jsonRpc({ framing: 'content-length' }), headers)
})

afterAll(() => Promise.all(servers.map((server) => server.close({ within: 0 }))))

const line = (text: string) => `${text}\n`
const failed = (code: number, text: string) => ({ code, out: '', err: line(`tieline: ${text}`) })
const answered = (text: string) => ({ code: 0, out: line(text), err: '' })

const PROTOCOLS = ['native', 'msgpack-rpc', 'json-rpc', 'json-rpc-content-length']

describe('over endpoints that keep messages apart', () => {
  test('a mailbox', async () => {
    const directory = join(folder, 'mailbox')
    await using _ = await serve(Greeter, handlers, { at: `mailbox:${directory}#backend` })
    const mailbox = `mailbox:${directory}#frontend`
    expect(await tieline('call', mailbox, 'hello', '{"name": "Ada"}')).toEqual(
      answered('Hello Ada'),
    )
  })

  test('a WebSocket, with the token from the environment and not without it', async () => {
    const token = 'a-token-of-more-than-thirty-two-characters'
    const ws = websocket('ws://127.0.0.1:0/', { token })
    await using server = await serve(Greeter, handlers, { at: ws })
    const words = ['call', server.endpoint, 'hello', '{"name": "Ada"}']
    process.env['TIELINE_TOKEN'] = token
    try {
      expect(await tieline(...words)).toEqual(answered('Hello Ada'))
    } finally {
      delete process.env['TIELINE_TOKEN']
    }
    const refused = await tieline(...words)
    expect(refused).toMatchObject({ code: 3, out: '' })
    expect(refused.err).toContain('TIELINE_TOKEN')
  })
})

describe.each(PROTOCOLS)('over %s', (protocol) => {
  const hasCodes = protocol !== 'msgpack-rpc'
  const run = (command: string, ...args: string[]) =>
    tieline(command, endpoints[protocol] as string, ...args, '--protocol', protocol)

  test('exits 0 and prints the answer', async () => {
    expect(await run('call', 'echo', '"Hello\\nAda"')).toEqual(answered('Hello\nAda'))
    expect(await run('call', 'echo', '["x"]', '--json')).toEqual(
      answered(protocol === 'native' ? '["x"]' : '"x"'),
    )
  })

  test('exits 1 when the other side answers an error', async () => {
    const told = hasCodes ? 'answered not-found' : 'answered an error'
    const data = hasCodes ? ' {"name":"nobody"}' : ''
    const params = hasCodes ? '{"name": "nobody"}' : '["nobody"]'
    expect(await run('call', 'hello', params)).toEqual(
      failed(1, `hello at ${endpoints[protocol]} ${told}: nobody is not here${data}`),
    )
  })

  test('exits 3 when the connection is lost', async () => {
    const { code, out, err } = await run('call', 'cut')
    expect([code, out]).toEqual([3, ''])
    expect(err).toMatch(/^tieline: cut at unix:.*\n$/)
  })

  test('exits 4 when the time is over, and the handler is told', async () => {
    const word = `"late over ${protocol}"`
    const { code, out, err } = await run('call', 'stuck', word, '--timeout', '1s')
    expect([code, out]).toEqual([4, ''])
    expect(err).toMatch(/^tieline: stuck.*; --timeout allows more time\n$/)
    await event(`late over ${protocol} was cancelled`)
  })

  test('Ctrl-C cancels the call on the other side, and exits 130 without a word', async () => {
    const word = `interrupted over ${protocol}`
    const endpoint = endpoints[protocol] as string
    const command = start('call', endpoint, 'stuck', `"${word}"`, '--protocol', protocol)
    await event(`${word} runs`)
    command.child.kill('SIGINT')
    await event(`${word} was cancelled`)
    expect(await command.ended).toEqual({ code: 130, out: '', err: '' })
  })

  test('sends a notification', async () => {
    expect(await run('notify', 'log', `"${protocol}"`)).toEqual({ code: 0, out: '', err: '' })
    await event(`log ${protocol}`)
  })

  test('prints the notifications that come', async () => {
    expect(await run('listen', '-n', '2')).toEqual(answered('changed ["one"]\nchanged ["two"]'))
    expect(await run('listen', '-n', '1', '--json')).toEqual(
      answered('{"method":"changed","params":["one"]}'),
    )
  })

  test('describes the server', async () => {
    const { code, out } = await run('describe', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual(described(Greeter))
  })
})

test('the description is a table', async () => {
  const { out } = await tieline('describe', at)
  expect(out.replace(folder, '…')).toMatchInlineSnapshot(`
    "greeter 1.2 at unix:…/native.sock

    METHOD   KIND    PARAMS            ANSWER  ERRORS     SUMMARY
    broken   call
    count    stream  number            number             Counts to a number.
    cut      call                                         Drops the connection.
    echo     call    any               any
    forever  stream  string            string
    hello    call    { name: string }  string  not-found  Greets by name.
    log      notify  string
    stuck    call    string                               Never answers.
    tap      call
    "
  `)
})

test('params come from stdin or a file, and an answer can be sent back as it came', async () => {
  const text = '{"id":{"$base64":"AQL6"},"big":{"$bigint":"9007199254740993"},"list":[null,1.5]}'
  const file = join(folder, 'params.json')
  await writeFile(file, text)
  const piped = start('call', at, 'echo', '-', '--json')
  piped.child.stdin?.end(text)
  expect(await piped.ended).toEqual(answered(text))
  expect(await tieline('call', at, 'echo', `@${file}`, '--json')).toEqual(answered(text))
})

test('with --json an error of the other side is JSON too', async () => {
  const { code, out } = await tieline('call', at, 'hello', '{"name": "nobody"}', '--json')
  expect([code, JSON.parse(out)]).toEqual([
    1,
    { error: { code: 'not-found', message: 'nobody is not here', data: { name: 'nobody' } } },
  ])
})

test.each([
  [['helo', '{}'], 'helo at AT answered unknown-method: unknown method: helo; did you mean hello?'],
  [
    ['xyz'],
    'xyz at AT answered unknown-method: unknown method: xyz; tieline describe lists its methods',
  ],
  [
    ['count', '1'],
    'count at AT answered invalid-argument: count is a stream, not a call; use tieline listen',
  ],
  [
    ['broken'],
    "broken at AT failed inside the server (internal error); the reason is in the server's log",
  ],
])('says what to do about %j', async (args, text) => {
  expect(await tieline('call', at, ...args)).toEqual(failed(1, text.replace('AT', at)))
})

test('takes the path of a socket as its endpoint', async () => {
  expect(await tieline('call', at.replace('unix:', ''), 'echo', '1')).toEqual(answered('1'))
})

test.each<[string[], string]>([
  [['cal'], "there is no command 'cal'; did you mean call?"],
  [['call'], 'call needs ENDPOINT and METHOD: tieline call ENDPOINT METHOD [JSON]'],
  [
    ['call', 'local:x', 'm', '--timout', '1s'],
    'call has no option --timout; did you mean --timeout?',
  ],
  [
    ['call', 'local:x', 'm', '--timeout', '1'],
    '--timeout 1 has no unit; write 500ms, 5s, 2m or 1h',
  ],
  [
    ['call', 'local:x', 'm', 'Ada'],
    `the JSON argument is wrong at character 1: expected a value, found "Ada"; a text is written '"Ada"'`,
  ],
  [
    ['call', 'stdio:', 'm'],
    "stdio: is this command's own input and output; name the endpoint of a server",
  ],
  [
    ['ping', 'local:x', '--protocol', 'msgpack-rpc'],
    'msgpack-rpc has no ping; time a call instead: --call METHOD',
  ],
  [['listen', 'local:x', '-n', '0'], '-n 0 is no number from 1 up'],
  [['serve', 'none.js', '--at', 'local:x'], 'there is no file none.js to serve'],
  [['serve', 'none.js'], 'serve needs --at ENDPOINT: tieline serve MODULE --at ENDPOINT'],
])('exits 2 for %j', async (args, text) => {
  expect(await tieline(...args)).toEqual(failed(2, text))
})

test('exits 2 for an endpoint that is none, and says what was probably meant', async () => {
  const { code, err } = await tieline('call', 'greeter', 'hello')
  expect(code).toBe(2)
  expect(err).toMatch(/^tieline: invalid endpoint "greeter": .*did you mean 'local:greeter'\?.*\n$/)
})

test('exits 3 when nobody is there', async () => {
  const { code, out, err } = await tieline('call', 'local:nobody', 'hello')
  expect([code, out]).toEqual([3, ''])
  expect(err).toMatch(/^tieline: nobody answers at local:nobody: .*\n$/)
})

test('asks about the protocol when the other side speaks another one', async () => {
  const other = endpoints['msgpack-rpc'] as string
  expect(await tieline('call', other, 'echo')).toEqual(
    failed(3, `${other} closed the connection at once: does it speak native? See --protocol`),
  )
  const { code, err } = await tieline('call', at, 'echo', '--protocol', 'msgpack-rpc')
  expect(code).toBe(3)
  expect(err).toMatch(/^tieline: .*; is --protocol right\?\n$/)
})

test('exits 4 when the other side does not say hello, and 130 when that is interrupted', async () => {
  const silent = createServer((socket) => {
    socket.on('error', () => {})
    happened('somebody connected')
  })
  const path = join(folder, 'silent.sock')
  silent.listen(path)
  await once(silent, 'listening')
  try {
    const { code, err } = await tieline('call', path, 'hello', '--timeout', '300ms')
    expect([code, err]).toEqual([
      4,
      line(
        `tieline: unix:${path} said nothing for 0.3 s: does it speak native? See --protocol; --timeout allows more time`,
      ),
    ])
    seen.delete('somebody connected')
    const command = start('call', path, 'hello')
    await event('somebody connected')
    command.child.kill('SIGINT')
    expect(await command.ended).toEqual({ code: 130, out: '', err: '' })
  } finally {
    silent.close()
  }
})

describe('listen', () => {
  test('prints the items of a stream until it ends, or until there are enough', async () => {
    expect(await tieline('listen', at, 'count', '3')).toEqual(answered('1\n2\n3'))
    expect(await tieline('listen', at, 'forever', '"x"', '-n', '2', '--json')).toEqual(
      answered('"x"\n"x"'),
    )
    await event('x was left')
  })

  test('exits 1 when the stream ends with an error, behind the items before it', async () => {
    const { code, out, err } = await tieline('listen', at, 'count', '13')
    expect([code, out.split('\n').length, err]).toEqual([
      1,
      14,
      line(`tieline: count at ${at} answered unlucky: thirteen`),
    ])
  })

  test('Ctrl-C ends the stream on the other side', async () => {
    const command = start('listen', at, 'forever', '"tick"')
    await command.told('tick')
    command.child.kill('SIGINT')
    expect(await command.ended).toMatchObject({ code: 130, err: '' })
    await event('tick was left')
  })

  test('a reader that has enough ends it quietly', async () => {
    const command = start('listen', at, 'forever', '"enough"')
    await command.told('enough')
    command.child.stdout?.destroy()
    expect(await command.ended).toMatchObject({ code: 0, err: '' })
    await event('enough was left')
  })
})

describe('ping', () => {
  test('prints percentiles and a histogram', async () => {
    const { code, out, err } = await tieline('ping', at, '-c', '20', '-i', '0ms')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(
      /20 of 20 answered\n\n {2}min +[\d.]+ ms\n {2}p50 .*\n {2}p90 .*\n {2}p99 .*\n {2}max .*\n\n/,
    )
    expect(out).toMatch(/ ms {2}█+.* \d+\n/)
  })

  test('has the figures as JSON, and measures calls where there is no ping', async () => {
    const rpc = ['--protocol', 'msgpack-rpc', '--call', 'echo']
    const endpoint = endpoints['msgpack-rpc'] as string
    const { code, out } = await tieline('ping', endpoint, '-c', '3', '--json', ...rpc)
    expect(code).toBe(0)
    const figures = JSON.parse(out)
    expect(figures).toMatchObject({ endpoint, protocol: 'msgpack-rpc', sent: 3, answered: 3 })
    expect(figures.min).toBeLessThanOrEqual(figures.p50)
    expect(figures.p99).toBeLessThanOrEqual(figures.max)
  })

  test('Ctrl-C prints what there is', async () => {
    const { child, ended } = start('ping', at, '--call', 'tap', '-c', '1000000', '-i', '1ms')
    // At the second one the first is measured.
    await event('tapped 2')
    child.kill('SIGINT')
    const { code, out } = await ended
    expect(code).toBe(130)
    expect(out).toMatch(/ of 1000000 answered\n/)
  })
})

test('--help teaches wherever it stands, and --version is the package’s', async () => {
  expect(await tieline('call', '--help')).toEqual(answered(commandHelp('tieline', callCommand)))
  expect(await tieline('help', 'call')).toEqual(answered(commandHelp('tieline', callCommand)))
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  expect(await tieline('--version')).toEqual(answered(JSON.parse(manifest).version))
})
