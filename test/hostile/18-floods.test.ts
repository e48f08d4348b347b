// Row 18: a million notifications, a hundred thousand calls and as many subscriptions at once from one
// peer: caps answer `resource-exhausted`, memory is bounded, and another peer is served meanwhile.
import { type Channel, memoryPair } from 'tieline/channel'
import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
import { Peer, type Service } from 'tieline/peer'
import { errorOf, FakeClock, later, RawSide, settled, until } from 'tieline/testing'
import { describe, expect, test } from 'vitest'
import { emptied, HELLO } from './emptied.js'

const dialects = [
  {
    name: 'native',
    protocol: native,
    before: [HELLO],
    request: (id: number) => [1, id, 'wait'],
    notification: [3, 'log', null, 'text'],
  },
  {
    name: 'MessagePack-RPC',
    protocol: msgpackRpc,
    before: [],
    request: (id: number) => [0, id, 'wait', []],
    notification: [2, 'log', ['text']],
  },
  {
    name: 'JSON-RPC',
    protocol: () => jsonRpc({ framing: 'lines' }),
    before: [],
    request: (id: number) => ({ jsonrpc: '2.0', id, method: 'wait' }),
    notification: { jsonrpc: '2.0', method: 'log', params: ['text'] },
  },
]

describe.each(dialects)('$name', ({ protocol, before, request, notification }) => {
  /** One service with two connections: a hostile one and a good one. */
  async function served(service: Service, limits = {}, clock?: FakeClock) {
    const make = (channel: Channel | undefined, role: 'client' | 'server') => {
      const common = { protocol: protocol(), limits, clock, heartbeat: false } as const
      const peer = new Peer(channel as Channel, { ...common, role, service })
      emptied(peer)
      return peer
    }
    const [bad, right] = memoryPair()
    const [near, far] = memoryPair()
    const server = make(right, 'server')
    make(far, 'server')
    const good = make(near, 'client')
    await good.ready
    const raw = new RawSide(bad as Channel, protocol())
    raw.send(...before)
    await raw.heard()
    return { server, good, raw }
  }

  test('a million notifications are handled, none of them held', async () => {
    let handled = 0
    const { server, good, raw } = await served(({ kind }) =>
      kind === 'notify' ? void handled++ : 'hi',
    )
    const thousand = raw.bytes(...Array.from({ length: 1000 }, () => notification))
    for (let n = 0; n < 1000; n++) {
      raw.sendBytes(thousand)
      if (n % 100 === 0) {
        const before = handled
        expect(await good.call('hello')).toBe('hi')
        // Of the 100,000 that came since the last time, a part.
        expect(handled - before).toBeLessThan(50_000)
      }
      if (n % 10 === 0) await settled(1)
    }
    await until('all were handled', () => handled === 1_000_000)
    expect(server.load.incoming).toBe(0)
  })

  test('handlers of notifications that take long: a bounded number runs, a bounded number waits', async () => {
    const gate = later()
    let running = 0
    let most = 0
    let handled = 0
    const { server, good, raw } = await served(
      async ({ kind }) => {
        if (kind !== 'notify') return 'hi'
        most = Math.max(most, ++running)
        await gate.promise
        running--
        handled++
        return undefined
      },
      { calls: 100, queuedBytes: 1_000_000 },
    )
    const thousand = raw.bytes(...Array.from({ length: 1000 }, () => notification))
    for (let n = 0; n < 100; n++) raw.sendBytes(thousand)
    await settled(50)
    expect(most).toBe(100)
    expect(server.load.incoming).toBeLessThan(10_000)
    expect(await good.call('hello')).toBe('hi')
    gate.resolve()
    await until('all were handled', () => handled === 100_000)
  })

  test('a hundred thousand calls at once: 1,024 run, the others are refused', async () => {
    let running = 0
    const { server, good, raw } = await served(({ method }) => {
      if (method !== 'wait') return 'hi'
      running++
      return new Promise(() => {})
    })
    let answers = 0
    for (let n = 0; n < 100; n++) {
      raw.send(...Array.from({ length: 1000 }, (_, m) => request(n * 1000 + m + 1)))
      answers += (await raw.heard()).length
      expect(await good.call('hello')).toBe('hi')
    }
    // Beside the other peer's calls it had turns, and no more.
    for (let turns = 0; turns < 10_000 && answers < 98_976; turns++) {
      answers += (await raw.heard()).length
    }
    expect([running, server.load.incoming, answers]).toEqual([1024, 1024, 98_976])
  })

  test('who calls and never reads its answers is not read any more, and then ended', async () => {
    const clock = new FakeClock()
    let handled = 0
    const limits = { queuedBytes: 100_000, frameBytes: 100_000 }
    const { server, raw, good } = await served(
      () => `${++handled} ${'x'.repeat(1000)}`,
      limits,
      clock,
    )
    raw.deaf(true)
    for (let n = 0; n < 300; n++) {
      raw.send(...Array.from({ length: 100 }, (_, m) => request(n * 100 + m + 1)))
      await settled(1)
    }
    await settled(20)
    const before = handled
    expect(server.load.queuedBytes).toBeLessThan(500_000)
    expect(handled).toBeLessThan(30_000)
    await settled(20)
    expect(handled).toBe(before)
    expect(await good.call('hello')).toContain('x')
    await clock.pass(31_000, 5)
    expect(server.state).toBe('closed')
    expect((await server.closed).error?.message).toContain('limit partialFrameMs')
    expect(good.state).toBe('open')
  })
})

describe('native', () => {
  test('a hundred thousand subscriptions: 256 are open, the others are refused', async () => {
    let open = 0
    const service: Service = async function* () {
      open++
      yield 1
      await new Promise(() => {})
    }
    const [left, right] = memoryPair()
    const server = new Peer(right as Channel, { protocol: native(), role: 'server', service })
    emptied(server)
    const raw = new RawSide(left as Channel, native())
    raw.send(HELLO)
    await raw.heard()
    let refused = 0
    for (let n = 0; n < 100; n++) {
      raw.send(...Array.from({ length: 1000 }, (_, m) => [2, n * 1000 + m + 1, 'feed', 1000]))
      for (const frame of (await raw.heard()) as unknown[][]) {
        if (frame[0] !== 5) continue
        refused++
        expect(frame[2]).toBe('resource-exhausted')
      }
    }
    expect([open, server.load.streams, refused]).toEqual([256, 256, 99_744])
  })

  test('pings without end from one who reads nothing are bounded', async () => {
    const clock = new FakeClock()
    const limits = { queuedBytes: 10_000, frameBytes: 10_000 }
    const [left, right] = memoryPair()
    const server = new Peer(right as Channel, { protocol: native(), role: 'server', limits, clock })
    emptied(server)
    const raw = new RawSide(left as Channel, native())
    raw.send(HELLO)
    await raw.heard()
    raw.deaf(true)
    const pings = raw.bytes(...Array.from({ length: 1000 }, (_, n) => [13, n]))
    for (let n = 0; n < 500; n++) {
      raw.sendBytes(pings)
      await settled(1)
    }
    expect(server.load.queuedBytes).toBeLessThan(60_000)
    await clock.pass(31_000, 5)
    expect(server.state).toBe('closed')
  })

  test('our own flood: what is past the bounds is refused where it is made', async () => {
    const [left, right] = memoryPair()
    const limits = { queuedBytes: 1_000_000 }
    const gate = later<string>()
    const common = { protocol: native(), limits } as const
    const client = new Peer(left as Channel, { ...common, role: 'client' })
    const service: Service = ({ kind }) => (kind === 'notify' ? undefined : gate.promise)
    const server = new Peer(right as Channel, { ...common, role: 'server', service })
    emptied(client, server)
    await client.ready
    const calls = Array.from({ length: 1024 }, () => client.call('wait'))
    const more = Array.from({ length: 98_976 }, () => errorOf(client.call('wait')))
    const refusals = await Promise.all(more)
    const refusal = { code: 'resource-exhausted', sent: 'no' }
    expect(refusals.filter((error) => error['code'] !== refusal.code)).toEqual([])
    expect(refusals[0]).toMatchObject(refusal)
    expect(refusals[0]?.['message']).toBe('wait: more than 1024 calls in flight (limit calls)')
    gate.resolve('done')
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 1024 }, () => 'done'))
    let sent = 0
    let refused: unknown
    try {
      for (; sent < 1_000_000; sent++) client.notify('log', 'x'.repeat(100))
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({ code: 'resource-exhausted', sent: 'no', method: 'log' })
    expect(sent).toBeGreaterThan(5000)
    await until('the queue is empty', () => client.load.queuedBytes === 0)
    client.notify('log', 'again')
  })
})
