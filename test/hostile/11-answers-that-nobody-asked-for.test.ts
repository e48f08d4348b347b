// Row 11: an answer to an unknown id, a second answer, an answer before the request, a live id used
// again: at most that connection ends, and no call gets an answer that is not its own.
import { type Channel, memoryPair } from 'tieline/channel'
import { msgpackRpc, native } from 'tieline/dialect'
import { type DropEvent, Peer, type Service } from 'tieline/peer'
import { RawSide, settled } from 'tieline/testing'
import { describe, expect, test } from 'vitest'
import { emptied, HELLO } from './emptied.js'

const dialects = [
  {
    name: 'native',
    protocol: native,
    before: [HELLO],
    request: (id: number, method: string) => [1, id, method],
    result: (id: number, value: unknown) => [4, id, value],
    error: (id: number, message: string) => [5, id, 'some-code', message],
  },
  {
    name: 'MessagePack-RPC',
    protocol: msgpackRpc,
    before: [],
    request: (id: number, method: string) => [0, id, method, []],
    result: (id: number, value: unknown) => [1, id, null, value],
    error: (id: number, message: string) => [1, id, message, null],
  },
]

describe.each(dialects)('$name', ({ protocol, before, request, result, error }) => {
  const service: Service = ({ method }) => (method === 'wait' ? new Promise(() => {}) : 'hi')

  /** Our peer, a hostile other side, and a second connection to the same service. */
  async function connected(role: 'client' | 'server') {
    const dropped: DropEvent[] = []
    const make = (channel: Channel | undefined, as: 'client' | 'server') => {
      const peer = new Peer(channel as Channel, {
        protocol: protocol(),
        role: as,
        service,
        observe: { dropped: (event) => dropped.push(event) },
      })
      emptied(peer)
      return peer
    }
    const [left, right] = memoryPair()
    const peer = make(right, role)
    const raw = new RawSide(left as Channel, protocol())
    raw.send(...before)
    await raw.heard()
    const [near, far] = memoryPair()
    make(far, 'server')
    const other = make(near, 'client')
    expect(await other.call('hello')).toBe('hi')
    return { peer, raw, dropped, other }
  }

  test('an answer to an id that was never used is dropped and counted', async () => {
    const { peer, raw, dropped, other } = await connected('client')
    raw.send(
      result(7, 'to nobody'),
      error(0x7fff_fffe, 'to nobody'),
      result(1, 'before the request'),
    )
    await settled(5)
    expect(dropped.map(({ what, count }) => [what, count])).toEqual([
      ['late-answer', 1],
      ['late-answer', 2],
      ['late-answer', 3],
    ])
    const call = peer.call('hello')
    const [[, id]] = (await raw.heard()) as [[number, number]]
    raw.send(result(id, 'the right one'))
    expect(await call).toBe('the right one')
    expect(await other.call('hello')).toBe('hi')
  })

  test('of two answers to one call the first counts', async () => {
    const { peer, raw, dropped } = await connected('client')
    const first = peer.call('hello')
    const [[, id]] = (await raw.heard()) as [[number, number]]
    const second = peer.call('hello')
    raw.send(result(id, 'first'), result(id, 'second'), error(id, 'third'))
    expect(await first).toBe('first')
    await settled(5)
    expect(dropped).toHaveLength(2)
    const [[, next]] = (await raw.heard()) as [[number, number]]
    expect(next).not.toBe(id)
    raw.send(result(next, 'its own'))
    expect(await second).toBe('its own')
  })

  test('a hundred thousand of them cost the calls nothing', async () => {
    const { peer, raw, dropped } = await connected('client')
    for (let n = 0; n < 100; n++) {
      raw.send(...Array.from({ length: 1000 }, (_, id) => result(n * 1000 + id + 100, 'x')))
    }
    const call = peer.call('hello')
    const [[, id]] = (await raw.heard()) as [[number, number]]
    raw.send(result(id, 'mine'))
    expect(await call).toBe('mine')
    expect(dropped).toHaveLength(100_000)
    expect(peer.load.outgoing).toBe(0)
  })

  test('an id that is still in use ends that connection, and no other', async () => {
    const { peer, raw, other } = await connected('server')
    raw.send(request(5, 'wait'), request(5, 'hello'))
    const { error: reason } = await peer.closed
    expect(reason).toMatchObject({
      code: 'malformed',
      message: 'call id 5 is already in use on this connection',
    })
    await settled(5)
    expect(raw.closed).toBeDefined()
    expect(raw.received.filter((value) => (value as unknown[])[0] === 4)).toEqual([])
    expect(await other.call('hello')).toBe('hi')
  })

  test('an id whose call was answered may be used again', async () => {
    const { raw } = await connected('server')
    raw.send(request(5, 'hello'), request(5, 'hello'))
    expect(await raw.heard()).toEqual([result(5, 'hi'), result(5, 'hi')])
  })
})

describe('native', () => {
  const open = async () => {
    const [left, right] = memoryPair()
    const peer = new Peer(right as Channel, { protocol: native(), role: 'client' })
    emptied(peer)
    const raw = new RawSide(left as Channel, native())
    raw.send(HELLO)
    await raw.heard()
    return { peer, raw }
  }

  test.each([
    ['an item', [6, 1, 'x']],
    ['an end', [7, 1]],
  ])('%s for a call that is no stream ends the connection', async (_, frame) => {
    const { peer, raw } = await open()
    const call = peer.call('hello').catch((error: unknown) => error)
    await raw.heard()
    raw.send(frame)
    expect(await call).toMatchObject({ code: 'malformed', method: 'hello', sent: 'maybe' })
    expect((await peer.closed).error?.message).toBe(
      'hello is a call and was answered with a stream',
    )
  })

  test('a result for a stream ends the connection', async () => {
    const { peer, raw } = await open()
    const next = peer
      .stream('ticks')
      .next()
      .catch((error: unknown) => error)
    await raw.heard()
    raw.send([4, 1, 'x'])
    expect(await next).toMatchObject({ code: 'malformed', method: 'ticks' })
  })

  test('items past the window end the connection before they fill the memory', async () => {
    const { peer, raw } = await open()
    const stream = peer.stream('ticks')
    const first = stream.next()
    await raw.heard()
    const item = [6, 1, 'x'.repeat(100_000)]
    for (let n = 0; n < 20; n++) raw.send(item)
    await first
    expect((await peer.closed).error).toMatchObject({
      code: 'malformed',
      message: 'the items of ticks ran past the window that was granted',
    })
  })

  test('items, ends, credits and cancels for what was never open are dropped', async () => {
    const { peer, raw } = await open()
    raw.send([6, 9, 1], [7, 9], [8, 9, 5], [9, 9], [10, 9, 1], [11, 9], [12, 9, 5], [14, 99])
    raw.send([13, 5])
    expect(await raw.heard()).toEqual([[14, 5]])
    expect(peer.state).toBe('open')
  })
})
