// The part of the peer suite on items that the caller streams in beside its params.
import { describe, expect, test } from 'vitest'
import { settled } from './fake-clock.js'
import { errorOf, fired, later, type PeerHarness, testIf, until } from './peer-harness.js'
import { all, counter, LIMITS, upTo } from './peer-streams.js'

export function itemTests(harness: PeerHarness): void {
  const { can } = harness

  testIf(!can.credit)('items of the caller are refused, before anything is sent', async () => {
    const { client } = await harness.open()
    const error = await errorOf(client.call('sum', 0, { items: [1] }))
    expect(error).toMatchObject({ code: 'unsupported', sent: 'no', method: 'sum' })
  })
  if (!can.credit) return

  describe('items of the caller', () => {
    const sum = async (_: unknown, call: { items: AsyncIterable<unknown> }) => {
      let total = 0
      for await (const item of call.items) total += item as number
      return total
    }

    test('are read by the handler as fast as it likes', async () => {
      const { client } = await harness.open({ handlers: { sum } }, {}, { limits: LIMITS })
      const { state, count } = counter()
      const items = count(3000)
      expect(await client.call('sum', 0, { items })).toBe((3000 * 2999) / 2)
      expect(state.left).toBe(1)
      expect(await client.call('sum', 0, { items: [1, 2, 3] })).toBe(6)
      expect(await client.call('sum', 0, { items: [] })).toBe(0)
      expect(await client.call('sum', 0)).toBe(0)
    })

    test('and answered by a stream', async () => {
      const { client } = await harness.open({
        handlers: {
          async *double(_, { items }) {
            for await (const item of items) yield (item as number) * 2
          },
        },
      })
      const stream = client.stream('double', 0, { items: counter().count(1000) })
      expect(await all(stream)).toEqual(upTo(1000).map((n) => n * 2))
    })

    test('wait where the handler does not read them, and are left when it answers', async () => {
      const gate = later()
      const { state, count } = counter(() => 'x'.repeat(1000))
      const { client } = await harness.open(
        {
          handlers: {
            one: async (_, { items }) => {
              for await (const item of items) {
                await gate.promise
                return (item as string).length
              }
            },
            none: () => 'not read',
          },
        },
        {},
        { limits: LIMITS },
      )
      expect(await client.call('none', 0, { items: count(5) })).toBe('not read')
      const call = client.call('one', 0, { items: count(1e9) })
      await settled(20)
      expect(state.made).toBeLessThan(10)
      gate.resolve()
      expect(await call).toBe(1000)
      await until('the source was left', () => state.left === 1)
    })

    test('a source that throws ends the call: it rejects, and the handler is cancelled', async () => {
      const ended = later<unknown>()
      const { client } = await harness.open({
        handlers: {
          sum: async (_, call) => {
            const error = await errorOf(sum(0, call))
            ended.resolve([error['code'], call.signal.aborted])
          },
        },
      })
      async function* broken() {
        yield 1
        throw new Error('the disk is gone')
      }
      const error = await errorOf(client.call('sum', 0, { items: broken() }))
      expect(error).toMatchObject({ code: 'cancelled', method: 'sum', sent: 'maybe' })
      expect(error['message']).toContain('its items failed: the disk is gone')
      expect(error['cause']).toMatchObject({ message: 'the disk is gone' })
      expect(await ended.promise).toEqual(['cancelled', true])
    })

    test('an item that cannot be sent, a source without an iterator', async () => {
      const { client } = await harness.open({ handlers: { sum } })
      const { state, count } = counter(() => () => {})
      const odd = await errorOf(client.call('sum', 0, { items: count(3) }))
      expect(odd).toMatchObject({ code: 'invalid-argument', method: 'sum' })
      expect(state.left).toBe(1)
      const none = await errorOf(client.call('sum', 0, { items: 5 as never }))
      expect(none).toMatchObject({ code: 'invalid-argument', sent: 'no', method: 'sum' })
      const throws = {
        [Symbol.asyncIterator]() {
          throw new Error('closed for today')
        },
      }
      const early = await errorOf(client.call('sum', 0, { items: throws as never }))
      expect(early['message']).toContain('closed for today')
      expect(client.load.outgoing).toBe(0)
    })

    test('a handler that is cancelled while it reads them sees that', async () => {
      const seen = later<unknown>()
      const { client, server } = await harness.open({
        handlers: {
          sum: async (_, call) => {
            seen.resolve(await errorOf(sum(0, call)))
            await fired(call.signal)
          },
        },
      })
      const stop = new AbortController()
      const { state, count } = counter()
      const slow = (async function* () {
        yield* count(3)
        await fired(stop.signal)
        yield 4
      })()
      const error = errorOf(client.call('sum', 0, { items: slow, signal: stop.signal }))
      await until('it reads', () => state.left === 1 && server.load.incoming === 1)
      stop.abort()
      expect(await error).toMatchObject({ code: 'cancelled' })
      expect(await seen.promise).toMatchObject({ code: 'cancelled' })
    })
  })
}
