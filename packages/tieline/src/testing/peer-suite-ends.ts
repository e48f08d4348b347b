// The part of the peer suite on ends: draining, aborting, losing the other side, and silence.
import { describe, expect, test } from 'vitest'
import { settled } from './fake-clock.js'
import { errorOf, fired, later, type PeerHarness, testIf, until } from './peer-harness.js'

export function endTests(harness: PeerHarness): void {
  const { can } = harness

  describe('close', () => {
    test('finishes what is in flight on both sides, then closes without an error', async () => {
      const gate = later<string>()
      const handlers = { wait: () => gate.promise }
      const { client, server } = await harness.open({ handlers }, { handlers })
      const ours = client.call('wait')
      const theirs = server.call('wait')
      await until('both wait', () => client.load.incoming + server.load.incoming === 2)
      const closed = client.close()
      expect(client.state).toBe('draining')
      await client.draining
      await settled()
      gate.resolve('finished')
      expect(await Promise.all([ours, theirs])).toEqual(['finished', 'finished'])
      await closed
      expect((await client.closed).error).toBeUndefined()
      expect((await server.closed).error).toBeUndefined()
    })

    test('refuses new calls on both sides, saying that nothing was sent', async () => {
      const gate = later()
      const { client, server } = await harness.open(
        { handlers: { wait: () => gate.promise, hello: () => 'hi' } },
        { handlers: { hello: () => 'hi' } },
      )
      const call = client.call('wait')
      await until('it waits', () => server.load.incoming === 1)
      const closed = client.close()
      const refused = { code: 'unavailable', sent: 'no', method: 'hello', origin: 'channel' }
      expect(await errorOf(client.call('hello'))).toMatchObject(refused)
      expect(await errorOf(client.stream('hello').next() as never)).toMatchObject(refused)
      expect(() => client.notify('hello')).toThrow('this side is closing the connection')
      await settled()
      const theirs = await errorOf(server.call('hello'))
      expect(theirs['message']).toContain('closing')
      if (can.goaway) {
        await server.draining
        expect(server.state).toBe('draining')
        expect(theirs).toMatchObject({ code: 'unavailable', sent: 'no' })
      }
      gate.resolve()
      await Promise.all([call, closed])
    })

    test('a handler at work may still call back and notify, on the side that closes', async () => {
      const gate = later()
      const heard: unknown[] = []
      const { client, server } = await harness.open(
        {
          handlers: {
            work: async (_, { peer }) => {
              await gate.promise
              peer.notify('progress', 50)
              return peer.call('name')
            },
          },
        },
        { handlers: { name: () => 'Ada', progress: (n) => void heard.push(n) } },
      )
      const call = client.call('work')
      await until('it works', () => server.load.incoming === 1)
      const closed = server.close()
      await settled()
      gate.resolve()
      expect(await call).toBe('Ada')
      expect(heard).toEqual([50])
      await closed
    })

    test('notifications that came before the other side knew are handled', async () => {
      const gate = later()
      let handled = 0
      const { client, server } = await harness.open({
        handlers: { wait: () => gate.promise, log: () => void handled++ },
      })
      const call = client.call('wait')
      await until('it waits', () => server.load.incoming === 1)
      const closed = server.close()
      for (let n = 0; n < 10; n++) client.notify('log')
      await settled(10)
      gate.resolve()
      await Promise.all([call, closed])
      expect(handled).toBe(10)
    })

    test('a handler that closes its own connection still answers', async () => {
      const { client } = await harness.open({
        handlers: {
          now: (_, { peer }) => {
            void (peer as typeof client).close()
            return 'bye'
          },
        },
      })
      expect(await client.call('now')).toBe('bye')
      expect((await client.closed).error).toBeUndefined()
      const { client: second } = await harness.open({
        handlers: {
          later: async (_, { peer }) => {
            void (peer as typeof client).close()
            await settled(3)
            return 'bye'
          },
        },
      })
      expect(await second.call('later')).toBe('bye')
    })

    test('a handler that ends its own connection is cancelled', async () => {
      const reason = later<unknown>()
      const { client, server } = await harness.open({
        handlers: {
          end: async (_, { peer, signal }) => {
            ;(peer as typeof client).abort()
            await fired(signal)
            reason.resolve(signal.reason)
          },
        },
      })
      expect(await errorOf(client.call('end'))).toMatchObject({ code: 'connection-lost' })
      expect(await reason.promise).toMatchObject({ code: 'connection-lost' })
      expect(server.load.incoming).toBe(0)
    })

    test('when its time is over, what is still in flight rejects', async () => {
      const signals: AbortSignal[] = []
      const { client, server, clock } = await harness.open({
        handlers: {
          never: (_, { signal }) => {
            signals.push(signal)
            return new Promise(() => {})
          },
        },
      })
      const error = errorOf(client.call('never'))
      await until('it runs', () => signals.length === 1)
      const closed = server.close({ within: '2s' })
      await settled()
      expect(server.state).toBe('draining')
      clock.advance(2010)
      await closed
      expect(await error).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
      expect(signals[0]?.aborted).toBe(true)
    })

    test('twice, and after an abort, and from both sides at once', async () => {
      const { client, server } = await harness.open()
      await Promise.all([client.close(), server.close(), client.close(), server.close()])
      await client.close()
      client.abort()
      await client.close()
      const second = await harness.open()
      second.client.abort()
      await second.client.close()
      await second.server.close()
    })

    test('again with less time: the shorter one counts', async () => {
      const { client, server, clock } = await harness.open({
        handlers: { never: () => new Promise(() => {}) },
      })
      const error = errorOf(client.call('never'))
      await until('it runs', () => server.load.incoming === 1)
      const first = client.close({ within: '1h' })
      const second = client.close({ within: '1s' })
      clock.advance(1010)
      await Promise.all([first, second])
      expect(await error).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
    })

    testIf(can.goaway && can.item)(
      'streams without an end are told, on whichever side they are',
      async () => {
        const handlers = {
          async *ticks(_: unknown, { draining }: { draining: AbortSignal }) {
            yield 1
            await fired(draining)
            yield 'the last'
          },
        }
        for (const closer of ['client', 'server'] as const) {
          const both = await harness.open({ handlers })
          const stream = both.client.stream('ticks')
          await stream.next()
          const closed = both[closer].close()
          expect((await stream.next()).value).toBe('the last')
          expect((await stream.next()).done).toBe(true)
          await closed
          expect((await both.client.closed).error).toBeUndefined()
        }
      },
    )
  })

  describe('abort and loss', () => {
    test('every call in flight rejects at once, on both sides, and says that it may have run', async () => {
      const { client, server } = await harness.open(
        { handlers: { never: () => new Promise(() => {}) } },
        { handlers: { never: () => new Promise(() => {}) } },
      )
      const ours = Array.from({ length: 100 }, () => errorOf(client.call('never')))
      const theirs = Array.from({ length: 100 }, () => errorOf(server.call('never')))
      await until('all run', () => client.load.incoming + server.load.incoming === 200)
      client.abort(new Error('no more'))
      expect(client.state).toBe('closed')
      expect(client.load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
      for (const error of await Promise.all([...ours, ...theirs])) {
        expect(error).toMatchObject({ code: 'connection-lost', method: 'never', sent: 'maybe' })
      }
      expect(await client.closed).toMatchObject({ by: 'local', error: { message: 'no more' } })
      expect(await server.closed).toMatchObject({ by: 'remote' })
      const after = await errorOf(client.call('never'))
      expect(after).toMatchObject({ code: 'connection-lost', sent: 'no', method: 'never' })
      expect(() => client.notify('never')).toThrow('the connection is closed')
    })

    test('a call that was not given to the system says so', async () => {
      const { client, at } = await harness.open({ handlers: { hello: () => 'hi' } })
      const error = errorOf(client.call('hello'))
      client.abort()
      // Bytes wait for the end of the tick, messages do not.
      const sent = at.client.gate.unit === 'bytes' ? 'no' : 'maybe'
      expect(await error).toMatchObject({ code: 'connection-lost', sent })
    })

    test('a call that was written before the connection closes in good order says maybe', async () => {
      const { client, clock } = await harness.open({
        handlers: { never: () => new Promise(() => {}) },
      })
      const error = errorOf(client.call('never'))
      const closed = client.close({ within: 1 })
      clock.advance(10)
      await closed
      expect(await error).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
    })

    testIf(can.credit)('streams and their sources end too, on both sides', async () => {
      const begun: string[] = []
      const left: string[] = []
      async function* endless(name: string) {
        begun.push(name)
        try {
          for (let n = 0; ; n++) yield n
        } finally {
          left.push(name)
        }
      }
      const { client, server } = await harness.open({
        handlers: {
          count: () => endless('callee'),
          sink: async (_, { items }) => {
            for await (const _ of items);
          },
        },
      })
      const stream = client.stream('count')
      await stream.next()
      const call = errorOf(client.call('sink', 0, { items: endless('caller') }))
      await until('both have begun', () => begun.length === 2)
      server.abort()
      expect(await call).toMatchObject({ code: 'connection-lost' })
      const rest = async () => {
        for await (const _ of stream);
      }
      expect(await errorOf(rest())).toMatchObject({ code: 'connection-lost' })
      await until('both were left', () => left.length === 2)
    })
  })

  describe('silence', () => {
    testIf(can.ping)(
      'ping tells the round trip, and nothing comes back from the deaf',
      async () => {
        const { client, clock, at } = await harness.open()
        expect(await client.ping()).toBeGreaterThanOrEqual(0)
        at.client.gate.deaf = true
        const late = errorOf(client.ping({ timeout: 100 }))
        const lost = errorOf(client.ping())
        clock.advance(110)
        expect(await late).toMatchObject({ code: 'deadline-exceeded' })
        client.abort()
        await lost
        expect(await errorOf(client.ping())).toMatchObject({ code: 'connection-lost', sent: 'no' })
      },
    )

    testIf(!can.ping)('ping is refused where the dialect has none', async () => {
      const { client } = await harness.open()
      expect(await errorOf(client.ping())).toMatchObject({ code: 'unsupported', sent: 'no' })
    })

    testIf(can.ping)(
      'a quiet connection stays, for as long as the other side answers',
      async () => {
        const { client, server, clock } = await harness.open({}, {}, { heartbeat: '15s' })
        await clock.pass(600_000, 400)
        expect([client.state, server.state]).toEqual(['open', 'open'])
      },
    )

    testIf(can.ping)('one that says nothing for two intervals is given up', async () => {
      const { client, clock, at } = await harness.open({}, { heartbeat: '15s' })
      at.client.gate.deaf = true
      const call = errorOf(client.call('never', 0, { timeout: '1h' }))
      await clock.pass(29_000, 29)
      expect(client.state).toBe('open')
      await clock.pass(2000, 2)
      expect(client.state).toBe('closed')
      const error = await call
      expect(error).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
      expect(error['message']).toContain('no sign of life for 30 s (heartbeat 15000 ms)')
    })

    testIf(can.ping)('a process that stood still does not take the other for dead', async () => {
      const { client, server, clock } = await harness.open({}, { heartbeat: '15s' })
      for (const stop of [20_000, 60_000, 3_600_000]) {
        clock.standStill(stop)
        await settled()
        await clock.pass(14_000, 14)
        clock.standStill(stop)
        await settled()
      }
      expect([client.state, server.state]).toEqual(['open', 'open'])
      expect(await client.ping()).toBeGreaterThanOrEqual(0)
    })

    test('who reads nothing of what waits for it is given up', async () => {
      const { client, clock, at } = await harness.open(
        { handlers: { take: () => null } },
        { limits: { queuedBytes: 200_000 } },
      )
      await client.call('take')
      at.server.gate.stick(true)
      const errors: Promise<Record<string, unknown>>[] = []
      let refused: Record<string, unknown> | undefined
      while (refused === undefined && errors.length < 1000) {
        const call = errorOf(client.call('take', 'x'.repeat(100_000), { timeout: '1h' }))
        errors.push(call)
        const first = await Promise.race([call, settled(3)])
        if (first) refused = first
      }
      expect(refused).toMatchObject({ code: 'resource-exhausted', sent: 'no', method: 'take' })
      expect(refused?.['message']).toContain('limit queuedBytes is 200000')
      clock.advance(30_010)
      // Messages go to the channel while it is full too, so that what was on its way to the system
      // then is seen to have gone there: progress, once.
      if (client.protocol.wire.unit === 'message') clock.advance(30_010)
      expect(client.state).toBe('closed')
      expect((await client.closed).error?.message).toContain('limit partialFrameMs')
      await Promise.all(errors)
    })

    test('two that flood each other and read nothing are ended, not left to hang', async () => {
      const limits = { queuedBytes: 100_000 }
      const { client, server, clock, at } = await harness.open({}, {}, { limits })
      at.client.gate.stick(true)
      at.server.gate.stick(true)
      const errors: Promise<unknown>[] = []
      for (const peer of [client, server]) {
        while (peer.load.queuedBytes <= limits.queuedBytes) {
          errors.push(errorOf(peer.call('take', 'x'.repeat(100_000), { timeout: '1h' })))
          await settled(1)
        }
      }
      clock.advance(30_010)
      expect([client.state, server.state]).toContain('closed')
      at.client.gate.stick(false)
      at.server.gate.stick(false)
      await until('both ended', () => client.state === 'closed' && server.state === 'closed')
      await Promise.all(errors)
    })
  })
}
