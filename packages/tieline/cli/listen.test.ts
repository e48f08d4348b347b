import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonRpc, type Peer, serve } from '../src/index.js'
import { answered, at, event, failed, Greeter, handlers, line } from './greeter.test.helper.js'
import { folder, start, tieline } from './run.test.helper.js'

test('says which command a method that is no stream is for', async () => {
  expect(await tieline('listen', at, 'tap')).toEqual(
    failed(
      1,
      `tap at ${at} answered invalid-argument: tap is a call, not a stream; use tieline call`,
    ),
  )
})

test('exits 4 when no notification comes in time', async () => {
  const path = join(folder, 'quiet.sock')
  const protocol = jsonRpc({ framing: 'lines' })
  await using _ = await serve(Greeter, handlers, { at: `unix:${path}`, protocol })
  const words = ['listen', path, '--protocol', 'json-rpc', '--timeout', '300ms']
  const { code, err } = await tieline(...words)
  expect(code).toBe(4)
  // The second where connecting alone took the time.
  expect(err).toMatch(
    /^tieline: (no notification came from unix:\S+ in time|unix:\S+ did not answer within 300 ms); --timeout allows more time\n$/,
  )
})

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

test('the end of the connection is a good end, and exits 3 where more was to come', async () => {
  const path = join(folder, 'leaving.sock')
  const protocol = jsonRpc({ framing: 'lines' })
  const connected = (peer: Peer) => {
    peer.notify('changed', ['one'])
    void peer.close()
  }
  await using _ = await serve(Greeter, handlers, { at: `unix:${path}`, protocol, connected })
  const words = ['listen', path, '--protocol', 'json-rpc']
  expect(await tieline(...words)).toEqual(answered('changed ["one"]'))
  expect(await tieline(...words, '-n', '2')).toEqual({
    code: 3,
    out: line('changed ["one"]'),
    err: line('tieline: the other side closed the connection after 1 of 2 notifications'),
  })
})

test('Ctrl-C ends the stream on the other side', async () => {
  const command = start('listen', at, 'forever', '"tick"')
  await command.said('tick')
  expect(await command.end('SIGINT')).toMatchObject({ code: 130, err: '' })
  await event('tick was left')
})

test('a reader that has enough ends it quietly', async () => {
  const command = start('listen', at, 'forever', '"enough"')
  await command.said('enough')
  command.child.stdout?.destroy()
  expect(await command.ended()).toMatchObject({ code: 0, err: '' })
  await event('enough was left')
})
