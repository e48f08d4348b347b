import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { at, event, failed, happened, seen } from './greeter.test.helper.js'
import { folder, start, tieline } from './run.test.helper.js'

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
  const path = join(folder, 'closing.sock')
  const closing = createServer((socket) => void socket.on('error', () => {}).destroy())
  closing.listen(path)
  await once(closing, 'listening')
  const closed = await tieline('call', path, 'echo').finally(() => closing.close())
  expect(closed).toEqual(
    failed(3, `unix:${path} closed the connection at once: does it speak native? See --protocol`),
  )
  const { code, err } = await tieline('call', at, 'echo', '--protocol', 'msgpack-rpc')
  expect(code).toBe(3)
  expect(err).toMatch(/^tieline: .*; is --protocol right\?\n$/)
})

test('tells what came where it makes no sense as the protocol', async () => {
  const other = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('SSH-2.0-other\r\n')
  })
  const path = join(folder, 'other.sock')
  other.listen(path)
  await once(other, 'listening')
  try {
    const { code, err } = await tieline('call', path, 'hello')
    expect(code).toBe(3)
    expect(err).toMatch(
      /^tieline: unix:\S+ does not speak native: a frame of \d+ bytes .*; is --protocol right\?\n$/,
    )
  } finally {
    other.close()
  }
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
    expect(code).toBe(4)
    // The second where connecting alone took the time.
    expect(err).toMatch(
      /^tieline: unix:\S+ (said nothing for 0\.3 s: does it speak native\? See --protocol|did not answer within 300 ms); --timeout allows more time\n$/,
    )
    seen.delete('somebody connected')
    const command = start('call', path, 'hello')
    await event('somebody connected')
    expect(await command.end('SIGINT')).toEqual({ code: 130, out: '', err: '' })
  } finally {
    silent.close()
  }
})
