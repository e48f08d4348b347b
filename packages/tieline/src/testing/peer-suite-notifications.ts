// The part of the peer suite on notifications: order, failing handlers, floods.
import { describe, expect } from 'vitest'
import { settled } from './fake-clock.js'
import { later, type PeerHarness, testIf, until } from './peer-harness.js'

export function notificationTests(harness: PeerHarness): void {
  const { can } = harness

  describe('notifications', () => {
    testIf(can.notify)('arrive in order, and before a call made after them', async () => {
      const got: unknown[] = []
      const { client } = await harness.open({
        handlers: { log: (n) => void got.push(n), done: () => [...got] },
      })
      for (let n = 0; n < 500; n++) client.notify('log', n)
      expect(await client.call('done')).toEqual(Array.from({ length: 500 }, (_, n) => n))
    })

    testIf(can.notify)('a handler that fails is told to its own side and nobody else', async () => {
      const { client, at } = await harness.open({
        handlers: {
          log: () => {
            throw new Error('disk full')
          },
          late: async () => {
            throw new Error('disk still full')
          },
          ok: () => true,
        },
      })
      client.notify('log')
      client.notify('late')
      client.notify('unknown')
      expect(await client.call('ok')).toBe(true)
      await until('three failures', () => at.server.seen.failed.length === 3)
    })

    testIf(can.notify)(
      'more than may be handled at once wait in order, while their handlers call back',
      async () => {
        const started: unknown[] = []
        const { client, server } = await harness.open(
          {
            limits: { calls: 4 },
            handlers: {
              slow: async (n, { peer }) => {
                started.push(n)
                await peer.call('help', n)
              },
              started: () => started.length,
            },
          },
          { handlers: { help: async () => {} } },
        )
        for (let n = 0; n < 300; n++) client.notify('slow', n)
        await until('all were handled', () => started.length === 300)
        await until('none is left', () => server.load.incoming === 0)
        expect(started).toEqual(Array.from({ length: 300 }, (_, n) => n))
      },
    )

    testIf(can.notify)(
      'a flood of them stops the reading when queuedBytes wait, and none is lost',
      async () => {
        const gate = later()
        let handled = 0
        const { client, server, at } = await harness.open(
          {
            limits: { calls: 2, queuedBytes: 20_000 },
            handlers: {
              log: async () => {
                await gate.promise
                handled++
              },
            },
          },
          { limits: { queuedBytes: 64 * 1024 * 1024 } },
        )
        for (let n = 0; n < 20_000; n++) {
          client.notify('log', 'x'.repeat(100))
          if (n % 100 === 0) await settled(1)
        }
        await settled(50)
        // 20,000 bytes at 100 and some bookkeeping each, two that run, and the chunk that was read last.
        expect(server.load.incoming).toBeLessThan(2000)
        expect(server.load.incoming).toBeGreaterThan(40)
        gate.resolve()
        await until('all were handled', () => handled === 20_000)
        expect(at.server.seen.dropped).toEqual([])
      },
    )
  })
}
