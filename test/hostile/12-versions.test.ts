// Row 12: a newer or older major, a newer minor, no hello, two of them, a call before it: a refusal
// that names both versions, before any handler runs.
import { type Channel, memoryPair } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { Peer, type PeerOptions } from 'tieline/peer'
import { errorOf, FakeClock, RawSide, settled } from 'tieline/testing'
import { describe, expect, test } from 'vitest'
import { emptied, HELLO } from './emptied.js'

function server(options: Partial<PeerOptions> = {}) {
  const clock = new FakeClock()
  const handled: string[] = []
  const [left, right] = memoryPair({ endpoint: 'local:greeter' })
  const peer = new Peer(right as Channel, {
    protocol: native(),
    role: 'server',
    clock,
    serves: { name: 'greeter', version: '1.2' },
    service: ({ method }) => void handled.push(method),
    ...options,
  })
  emptied(peer)
  return { clock, peer, handled, raw: new RawSide(left as Channel, native()) }
}

const CALL = [1, 1, 'hello']

describe('a server', () => {
  test.each([
    [
      'a newer major',
      [0, 'tieline', 2, 0, null, null],
      /server speaks native 1\.0, the client native 2\.0/,
    ],
    [
      'an older major',
      [0, 'tieline', 0, 9, null, null],
      /server speaks native 1\.0, the client native 0\.9/,
    ],
    [
      'a contract of a newer minor',
      [0, 'tieline', 1, 0, null, ['greeter', '1.3']],
      /client expects greeter 1\.3, the server serves greeter 1\.2/,
    ],
    [
      'a contract of a newer major',
      [0, 'tieline', 1, 0, null, ['greeter', '2.0']],
      /client expects greeter 2\.0, the server serves greeter 1\.2/,
    ],
    [
      'a contract of an older major',
      [0, 'tieline', 1, 0, null, ['greeter', '0.9']],
      /client expects greeter 0\.9, the server serves greeter 1\.2/,
    ],
    [
      'another contract',
      [0, 'tieline', 1, 0, null, ['player', '1.0']],
      /client expects player 1\.0, the server serves greeter 1\.2/,
    ],
    [
      'no hello, but a call',
      CALL,
      /a request came before the hello: the server speaks native 1\.0, the client did not say/,
    ],
  ])(
    'refuses %s, and says so to the client, before any handler runs',
    async (_, hello, message) => {
      const { peer, raw, handled } = server()
      raw.send(hello, CALL, [3, 'log'])
      const refusal = { code: 'version-mismatch', message: expect.stringMatching(message) }
      expect((await peer.closed).error).toMatchObject(refusal)
      expect(await raw.heard()).toEqual([[15, 'version-mismatch', expect.stringMatching(message)]])
      expect(raw.closed).toBeDefined()
      expect(handled).toEqual([])
      expect((await errorOf(peer.ready))['code']).toBe('version-mismatch')
    },
  )

  test('accepts a newer minor of the dialect', async () => {
    const { raw, handled } = server()
    raw.send([0, 'tieline', 1, 7, null, ['greeter', '1.1'], 'more'], CALL)
    expect(await raw.heard()).toEqual([
      [0, 'tieline', 1, 0, ['greeter', '1.2'], null],
      [4, 1],
    ])
    expect(handled).toEqual(['hello'])
  })

  test('refuses a second hello', async () => {
    const { peer, raw, handled } = server()
    raw.send(HELLO, HELLO, CALL)
    expect((await peer.closed).error).toMatchObject({ code: 'malformed' })
    expect(handled).toEqual([])
  })

  test('does not wait for a hello for ever, and says what was missing', async () => {
    const { peer, raw, clock } = server()
    await clock.pass(10_100, 10)
    const message =
      'the server speaks native 1.0, the client did not say: no hello came within 10000 ms (limit firstFrameMs)'
    expect((await peer.closed).error?.message).toBe(message)
    expect(await raw.heard()).toEqual([[15, 'connection-lost', message]])
  })

  test('a hello that is no map of this dialect is malformed, not a crash', async () => {
    for (const hello of [[0, 'other', 1, 0], [0, 'tieline', '1', 0], { hello: 1 }, 5, null]) {
      const { peer, raw } = server()
      raw.send(hello)
      expect((await peer.closed).error).toMatchObject({ code: 'malformed' })
    }
  })

  test('says nothing before the client has spoken', async () => {
    const { peer, raw, clock } = server({ heartbeat: 1000 })
    void peer.call('hello').catch(() => {})
    peer.notify('log')
    await clock.pass(5000, 10)
    expect(await raw.heard()).toEqual([])
    raw.send(HELLO)
    const [hello, ...rest] = await raw.heard()
    expect(hello).toEqual([0, 'tieline', 1, 0, ['greeter', '1.2'], null])
    expect(rest).toHaveLength(2)
  })
})

describe('a client', () => {
  test('tells every call why there is no connection, and that nothing was sent', async () => {
    const [left, right] = memoryPair({ endpoint: 'local:greeter' })
    const common = { protocol: native(), clock: new FakeClock() } as const
    const client = new Peer(left as Channel, {
      ...common,
      role: 'client',
      expects: { name: 'greeter', version: '2.0' },
    })
    const serves = { name: 'greeter', version: '1.2' }
    emptied(client, new Peer(right as Channel, { ...common, role: 'server', serves }))
    const call = errorOf(client.call('hello'))
    const stream = errorOf(client.stream('ticks').next() as Promise<unknown>)
    const mismatch = 'the client expects greeter 2.0, the server serves greeter 1.2'
    expect(await errorOf(client.ready)).toMatchObject({
      code: 'version-mismatch',
      message: `connect at local:greeter: the other side ended the connection: ${mismatch}`,
      endpoint: 'local:greeter',
    })
    expect(await call).toMatchObject({ code: 'version-mismatch', sent: 'no', method: 'hello' })
    expect((await call)['message']).toBe(
      `hello at local:greeter: the other side ended the connection: ${mismatch}`,
    )
    expect(await stream).toMatchObject({ code: 'version-mismatch', sent: 'no', method: 'ticks' })
  })

  test('a call made during the handshake keeps its own deadline and its cancel', async () => {
    const clock = new FakeClock()
    const [left, right] = memoryPair()
    const client = new Peer(left as Channel, { protocol: native(), clock, role: 'client' })
    emptied(client)
    const raw = new RawSide(right as Channel, native())
    const late = errorOf(client.call('hello', 0, { timeout: 100 }))
    const stop = new AbortController()
    const cancelled = errorOf(client.call('hello', 0, { signal: stop.signal }))
    const stream = client.stream('ticks')
    const next = stream.next()
    expect(client.load.outgoing).toBe(3)
    clock.advance(110)
    stop.abort()
    expect(await late).toMatchObject({ code: 'deadline-exceeded', sent: 'no', method: 'hello' })
    expect(await cancelled).toMatchObject({ code: 'cancelled', sent: 'no', method: 'hello' })
    await stream.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    raw.send(HELLO)
    await client.ready
    await settled()
    expect(await raw.heard()).toEqual([HELLO])
    expect(client.load.outgoing).toBe(0)
  })
})
