import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandHelp } from '../src/command/help.js'
import { describe as described, serve } from '../src/index.js'
import { websocket } from '../src/transport/index.js'
import { call as callCommand } from './call.js'
import { answered, at, endpoints, event, failed, Greeter, handlers } from './greeter.test.helper.js'
import { folder, start, tieline } from './run.test.helper.js'

const PROTOCOLS = ['native', 'msgpack-rpc', 'json-rpc', 'json-rpc-content-length'] as const

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
    tieline(command, endpoints[protocol], ...args, '--protocol', protocol)

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
    const { code, out, err } = await run('call', 'stuck', word, '--timeout', '2s')
    expect([code, out]).toEqual([4, ''])
    expect(err).toMatch(/^tieline: stuck.*; --timeout allows more time\n$/)
    await event(`late over ${protocol} was cancelled`)
  })

  test('Ctrl-C cancels the call on the other side, and exits 130 without a word', async () => {
    const word = `interrupted over ${protocol}`
    const endpoint = endpoints[protocol]
    const command = start('call', endpoint, 'stuck', `"${word}"`, '--protocol', protocol)
    await event(`${word} runs`)
    command.child.kill('SIGINT')
    await event(`${word} was cancelled`)
    expect(await command.ended()).toEqual({ code: 130, out: '', err: '' })
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
  expect(await piped.ended()).toEqual(answered(text))
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
test('--help teaches wherever it stands, and --version is the package’s', async () => {
  expect(await tieline('call', '--help')).toEqual(answered(commandHelp('tieline', callCommand)))
  expect(await tieline('help', 'call')).toEqual(answered(commandHelp('tieline', callCommand)))
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  expect(await tieline('--version')).toEqual(answered(JSON.parse(manifest).version))
})
