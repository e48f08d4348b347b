// The part of the peer suite on streams: items, credit, leaving at every state, errors.
import { describe, expect, test } from 'vitest'
import { fail } from '../errors.js'
import { settled } from './fake-clock.js'
import { errorOf, later, type PeerHarness, testIf, until } from './peer-harness.js'
import { all, counter, LIMITS, upTo } from './peer-streams.js'

export function streamTests(harness: PeerHarness): void {
  const { can } = harness

  testIf(!can.item)(
    'streams are refused where the dialect has none, before anything is sent',
    async () => {
      const { client, at } = await harness.open()
      const before = at.client.gate.sent
      const error = await errorOf(client.stream('ticks').next() as Promise<unknown>)
      expect(error).toMatchObject({ code: 'unsupported', sent: 'no', method: 'ticks' })
      const withItems = await errorOf(client.call('sum', 0, { items: [1] }))
      expect(withItems).toMatchObject({ code: 'unsupported', sent: 'no', method: 'sum' })
      expect(at.client.gate.sent).toBe(before)
    },
  )

  if (!can.item) return

  describe('streams', () => {
    test('items come in order, both ways at once, and then the end', async () => {
      const { client, server } = await harness.open(
        { handlers: { count: counter().count } },
        { handlers: { count: async (n) => counter().count(n) } },
      )
      const [down, up] = await Promise.all([
        all(client.stream('count', 5000)),
        all(server.stream('count', 3000)),
      ])
      expect(down).toEqual(upTo(5000))
      expect(up).toEqual(upTo(3000))
      expect(client.load).toMatchObject({ outgoing: 0, incoming: 0, streams: 0 })
    })

    test('an array and a stream without items are streams too', async () => {
      const { client } = await harness.open({
        handlers: { list: () => ['a', 'b'], none: () => [], later: async () => new Set([1]) },
      })
      expect(await all(client.stream('list'))).toEqual(['a', 'b'])
      expect(await all(client.stream('none'))).toEqual([])
      expect(await all(client.stream('later'))).toEqual([1])
    })

    test('nothing is asked for before the first next', async () => {
      const { state, count } = counter()
      const { client, at } = await harness.open({ handlers: { count } })
      const before = at.client.gate.sent
      const stream = client.stream('count', 3)
      await settled()
      expect(at.client.gate.sent).toBe(before)
      await stream.return?.()
      expect(await stream.next()).toEqual({ done: true, value: undefined })
      await settled()
      expect(state.made).toBe(0)
      expect(at.client.gate.sent).toBe(before)
    })

    test('a reader that leaves ends the source: its finally runs, its place is free', async () => {
      const { state, count } = counter()
      const { client, server } = await harness.open({ handlers: { count } }, { limits: LIMITS })
      for await (const item of client.stream('count', 1e9)) if (item === 10) break
      await until('the source was left', () => state.left === 1)
      await until('its place is free', () => server.load.incoming === 0)
      expect(client.load.streams + server.load.streams).toBe(0)
      const made = state.made
      await settled()
      expect(state.made).toBe(made)
    })

    test('an error comes after the items that came before it', async () => {
      const { client } = await harness.open({
        handlers: {
          async *ticks() {
            yield 1
            yield 2
            throw fail('out-of-ticks', 'no more ticks')
          },
          now: () => {
            throw fail('no-ticks', 'none at all')
          },
        },
      })
      const items: unknown[] = []
      const reading = (async () => {
        for await (const item of client.stream('ticks')) {
          items.push(item)
          // The error is here long before the second item is asked for.
          await settled()
        }
      })()
      expect(await errorOf(reading)).toMatchObject({ message: 'no more ticks', method: 'ticks' })
      expect(items).toEqual([1, 2])
      const now = client.stream('now')
      expect(await errorOf(now.next())).toMatchObject({ message: 'none at all' })
      expect(await now.next()).toEqual({ done: true, value: undefined })
    })

    test('an error that its source got elsewhere does not cross, and an item without a form does', async () => {
      const { state, count } = counter((n) => (n === 2 ? () => {} : n))
      const { client } = await harness.open(
        {
          handlers: {
            count,
            async *ask(_, { peer }) {
              yield await peer.call('refuse', undefined, { timeout: 0 })
            },
          },
        },
        {},
      )
      expect((await errorOf(all(client.stream('ask'))))['message']).toBe('internal error')
      const odd = await errorOf(all(client.stream('count', 5)))
      expect(odd['message']).toMatch(/^the answer of count cannot be sent: /)
      expect(state).toEqual({ made: 3, left: 1 })
    })

    test('a call is not a stream, and a stream is not a call', async () => {
      const { client } = await harness.open({
        handlers: { count: counter().count, hello: () => 'hi', later: async () => 5 },
      })
      expect((await errorOf(client.call('count', 3)))['message']).toBe(
        'count is a stream, not a call',
      )
      for (const method of ['hello', 'later']) {
        const error = await errorOf(client.stream(method).next() as Promise<unknown>)
        expect(error['message']).toBe(`${method} is a call, not a stream`)
      }
    })

    test('several nexts at once get the items in order', async () => {
      const { client } = await harness.open({ handlers: { count: counter().count } })
      const stream = client.stream('count', 3)
      const steps = await Promise.all([1, 2, 3, 4].map(() => stream.next()))
      expect(steps.map(({ value }) => value as unknown)).toEqual([0, 1, 2, undefined])
    })

    test('more streams than the limit are refused on both sides', async () => {
      const gate = later()
      const handlers = {
        async *wait() {
          yield 0
          await gate.promise
        },
      }
      const { client, server, at } = await harness.open(
        { handlers, limits: { streams: 2 } },
        { handlers, limits: { streams: 1 } },
      )
      const first = client.stream('wait')
      await first.next()
      const refused = await errorOf(client.stream('wait').next() as Promise<unknown>)
      expect(refused).toMatchObject({ code: 'resource-exhausted', sent: 'no', method: 'wait' })
      expect(refused['message']).toContain('more than 1 open streams (limit streams)')
      const other = server.stream('wait')
      await other.next()
      const second = await errorOf(server.stream('wait').next() as Promise<unknown>)
      expect(second).toMatchObject({ code: 'resource-exhausted', origin: 'remote' })
      expect(at.server.peer.load.streams).toBe(2)
      gate.resolve()
      await Promise.all([first.next(), other.next()])
    })

    testIf(!can.credit)(
      'a reader that never reads: this side reads no more, until it does',
      async () => {
        const { state, count } = counter(() => 'x'.repeat(1000))
        const { client } = await harness.open(
          { handlers: { count, hello: () => 'hi' } },
          { limits: LIMITS },
        )
        const stream = client.stream('count', 2000)
        await stream.next()
        await settled(50)
        // What the channel and the window hold.
        expect(state.made).toBeLessThan(1000)
        const hello = client.call('hello')
        for (let n = 1; n < 2000; n++) expect((await stream.next()).value).toHaveLength(1000)
        expect((await stream.next()).done).toBe(true)
        expect(await hello).toBe('hi')
      },
    )

    testIf(!can.credit)('a reader that leaves does not hold up the others', async () => {
      const { state, count } = counter(() => 'x'.repeat(1000))
      const { client } = await harness.open(
        { handlers: { count, hello: () => 'hi' } },
        { limits: LIMITS },
      )
      const stream = client.stream('count', 1e9)
      await stream.next()
      await settled(20)
      await stream.return?.()
      expect(await client.call('hello')).toBe('hi')
      await until('it was left', () => state.left === 1)
    })

    testIf(can.credit)(
      'a reader that never reads: the writer waits, and small calls are answered',
      async () => {
        const { state, count } = counter(() => 'x'.repeat(1000))
        const { client, server } = await harness.open(
          { handlers: { count, hello: () => 'hi' } },
          { limits: LIMITS },
        )
        const stream = client.stream('count', 1e9)
        await stream.next()
        for (let n = 0; n < 20; n++) expect(await client.call('hello')).toBe('hi')
        await settled(20)
        expect(state.made).toBeLessThan(10)
        expect(server.load.queuedBytes).toBeLessThan(10_000)
        const made = state.made
        for (let n = 0; n < 20; n++) await stream.next()
        await until('it goes on', () => state.made > made)
        await stream.return?.()
        await until('it was left', () => state.left === 1)
      },
    )

    test('an item larger than the window passes', async () => {
      const { client } = await harness.open(
        { handlers: { count: counter(() => 'x'.repeat(100_000)).count } },
        { limits: LIMITS },
      )
      expect(await all(client.stream('count', 5))).toHaveLength(5)
    })

    test('the timeout is for the first item: then a stream may last', async () => {
      const gate = later()
      const { client, clock } = await harness.open({
        handlers: {
          async *slow() {
            yield 1
            await gate.promise
            yield 2
          },
          never: async () => new Promise(() => {}),
        },
      })
      const stream = client.stream('slow', undefined, { timeout: 100 })
      expect((await stream.next()).value).toBe(1)
      clock.advance(10_000)
      await settled()
      gate.resolve()
      expect((await stream.next()).value).toBe(2)
      const never = errorOf(client.stream('never', undefined, { timeout: 100 }).next() as never)
      await settled()
      clock.advance(110)
      expect((await never)['code']).toBe('deadline-exceeded')
    })

    test('a signal ends it: the source is left, the reader gets what came and then the error', async () => {
      const { state, count } = counter()
      const { client } = await harness.open({ handlers: { count } }, { limits: LIMITS })
      const stop = new AbortController()
      const stream = client.stream('count', 1e9, { signal: stop.signal })
      await stream.next()
      await settled(10)
      stop.abort()
      const items: unknown[] = [0]
      const error = await errorOf(
        (async () => {
          for await (const item of stream) items.push(item)
        })(),
      )
      expect(error).toMatchObject({ code: 'cancelled', method: 'count', sent: 'maybe' })
      expect(items).toEqual(upTo(items.length))
      await until('it was left', () => state.left === 1)
    })

    test('a source that never answers is left all the same, and keeps its place until its deadline', async () => {
      const { client, server, clock } = await harness.open({
        handlers: {
          async *stuck() {
            yield 1
            await new Promise(() => {})
          },
        },
      })
      const stream = client.stream('stuck')
      await stream.next()
      await stream.return?.()
      await until('it was cancelled', () => server.load.streams === 0)
      expect(server.load.incoming).toBe(1)
      clock.advance(30_010)
      expect(server.load.incoming).toBe(0)
    })
  })
}
