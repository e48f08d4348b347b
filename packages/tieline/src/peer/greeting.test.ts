import { afterEach, describe, expect, test } from 'vitest'
import { type Channel, memoryPair } from '../channel/index.js'
import { native } from '../dialect/index.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { errorOf } from '../testing/peer-harness.js'
import { RawSide } from '../testing/raw-side.js'
import { Peer } from './peer.js'

const peers: Peer[] = []
const clocks: FakeClock[] = []

afterEach(async () => {
  for (const peer of peers.splice(0)) {
    peer.abort()
    await peer.closed
    expect(peer.load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
  }
  await settled()
  for (const clock of clocks.splice(0)) expect(clock.timers).toBe(0)
})

function greeting(role: 'client' | 'server', limits = {}) {
  const clock = new FakeClock()
  clocks.push(clock)
  const [left, right] = memoryPair({ endpoint: 'local:greeter' })
  const dropped: string[] = []
  const peer = new Peer(left as Channel, {
    protocol: native(),
    role,
    clock,
    limits,
    service: () => 'hi',
    observe: { dropped: ({ what }) => dropped.push(what) },
  })
  peers.push(peer)
  const settledAs: string[] = []
  peer.ready.then(
    () => settledAs.push('ready'),
    (error) => settledAs.push(error.code),
  )
  void peer.draining.then(() => settledAs.push('draining'))
  void peer.closed.then(({ by, error }) =>
    settledAs.push(`closed by ${by}${error ? ', error' : ''}`),
  )
  return { clock, peer, raw: new RawSide(right as Channel, native()), settledAs, dropped }
}

const HELLO = [0, 'tieline', 1, 0, null, null]
const GOAWAY = [15]

describe.each(['client', 'server'] as const)('before the handshake is over, a %s', (role) => {
  test.each([
    [
      'is closed',
      (peer: Peer) => void peer.close(),
      ['unavailable', 'draining', 'closed by local'],
    ],
    [
      'is aborted',
      (peer: Peer) => peer.abort(),
      ['connection-lost', 'draining', 'closed by local, error'],
    ],
  ])('that %s settles each of its promises once', async (_, end, expected) => {
    const { peer, raw, settledAs } = greeting(role)
    const waiting = errorOf(peer.call('hello'))
    end(peer)
    end(peer)
    raw.send(HELLO)
    await settled()
    peer.abort()
    await settled()
    expect(settledAs.sort()).toEqual([...expected].sort())
    expect(await waiting).toMatchObject({ sent: 'no', method: 'hello', code: expected[0] })
    expect(await errorOf(peer.call('hello'))).toMatchObject({ sent: 'no', code: 'connection-lost' })
  })

  test('whose other side goes: the calls that waited were not sent', async () => {
    const { peer, raw, settledAs, dropped } = greeting(role)
    const call = errorOf(peer.call('hello'))
    const stream = errorOf(peer.stream('ticks').next() as Promise<unknown>)
    const ping = errorOf(peer.ping())
    peer.notify('log')
    await settled(1)
    expect(peer.load.outgoing).toBe(4)
    raw.abort()
    for (const error of await Promise.all([call, stream, ping])) {
      expect(error).toMatchObject({ code: 'connection-lost', sent: 'no' })
      expect(error['message']).toMatch(/^(hello|ticks|ping) at local:greeter: /)
    }
    await settled()
    expect(dropped).toEqual(['notification'])
    expect(settledAs).toContain('connection-lost')
  })

  test('that is told goaway first never becomes one to call', async () => {
    const { peer, raw, settledAs } = greeting(role)
    const call = errorOf(peer.call('hello'))
    raw.send(GOAWAY, HELLO)
    await settled()
    expect(await call).toMatchObject({ code: 'unavailable', sent: 'no' })
    await settled()
    expect(peer.state).toBe('closed')
    expect(settledAs).toContain('closed by local')
  })

  test('no more calls wait than may be in flight', async () => {
    const { peer, raw } = greeting(role, { calls: 3 })
    const calls = [1, 2, 3].map((n) => peer.call('hello', n))
    expect(await errorOf(peer.call('hello'))).toMatchObject({
      code: 'resource-exhausted',
      sent: 'no',
      message: 'hello at local:greeter: more than 3 calls in flight (limit calls)',
    })
    raw.send(HELLO)
    const frames = (await raw.heard()) as unknown[][]
    const made = frames.filter(([kind]) => kind === 1)
    expect(made.map((frame) => frame[5])).toEqual([1, 2, 3])
    raw.send(...made.map((frame) => [4, frame[1], 'hi']))
    expect(await Promise.all(calls)).toEqual(['hi', 'hi', 'hi'])
  })

  test('calls, streams and notifications go out in the order in which they were made', async () => {
    const { peer, raw } = greeting(role)
    void peer.call('a').catch(() => {})
    peer.notify('b')
    void peer.call('c').catch(() => {})
    peer.notify('d')
    raw.send(HELLO)
    const frames = (await raw.heard()) as unknown[][]
    const methods = frames
      .filter(([kind]) => kind === 1 || kind === 3)
      .map(([kind, first, second]) => (kind === 1 ? second : first))
    expect(methods).toEqual(['a', 'b', 'c', 'd'])
  })
})
