// Row 17: a hundred thousand streams, left by either side at every state: each `finally` runs, and
// nothing is left on either side.

import { fail } from 'tieline'
import { type Channel, memoryPair } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { Peer, type Service } from 'tieline/peer'
import { settled, until } from 'tieline/testing'
import { expect, test } from 'vitest'

const EACH = 10_000
/** Streams that are open at once. Below the limit of 256. */
const BATCH = 200

interface Counts {
  started: number
  finished: number
}

function serving(counts: Counts): Service {
  async function* source(what: string, signal: AbortSignal) {
    counts.started++
    try {
      yield 0
      if (what === 'fails') throw fail('broken', 'in the middle')
      if (what === 'ends') return
      if (what === 'large') for (;;) yield 'x'.repeat(2000)
      if (what === 'waits') {
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        )
      }
      for (let n = 1; ; n++) yield n
    } finally {
      counts.finished++
    }
  }
  return ({ method, signal }) => source(method, signal)
}

type Leave = (client: Peer) => Promise<unknown>

const WAYS: readonly [string, Leave][] = [
  ['before the first next', async (client) => client.stream('runs').return?.()],
  [
    'after the first next was asked for, before it was sent',
    async (client) => {
      const stream = client.stream('runs')
      const next = stream.next()
      await stream.return?.()
      await next
    },
  ],
  [
    'while the first item is under way',
    async (client) => {
      const stream = client.stream('runs')
      const next = stream.next()
      await settled(1)
      await stream.return?.()
      await next
    },
  ],
  [
    'after an item',
    async (client) => {
      for await (const _ of client.stream('runs')) break
    },
  ],
  [
    'while the writer waits for credit',
    async (client) => {
      const stream = client.stream('large')
      await stream.next()
      await settled(2)
      await stream.return?.()
    },
  ],
  [
    'while the source makes nothing',
    async (client) => {
      const stream = client.stream('waits')
      await stream.next()
      const next = stream.next()
      await stream.return?.()
      await next
    },
  ],
  [
    'by a signal',
    async (client) => {
      const stop = new AbortController()
      const stream = client.stream('runs', 0, { signal: stop.signal })
      await stream.next()
      stop.abort()
      await stream.return?.()
    },
  ],
  [
    'by the loop’s own error',
    async (client) => {
      try {
        for await (const _ of client.stream('runs')) throw new Error('of the loop')
      } catch {
        // That is the way.
      }
    },
  ],
  [
    'at its end',
    async (client) => {
      for await (const _ of client.stream('ends'));
    },
  ],
  [
    'by its source’s error',
    async (client) => {
      const stream = client.stream('fails')
      await stream.next()
      await stream.next().catch(() => {})
    },
  ],
]

test.each(WAYS)('%s', { timeout: 60_000 }, async (_, leave) => {
  const counts = { started: 0, finished: 0 }
  const [left, right] = memoryPair()
  const limits = { windowBytes: 4096 }
  const common = { protocol: native(), limits } as const
  const client = new Peer(left as Channel, { ...common, role: 'client' })
  const server = new Peer(right as Channel, { ...common, role: 'server', service: serving(counts) })
  await client.ready
  for (let round = 0; round < EACH / BATCH; round++) {
    await Promise.all(Array.from({ length: BATCH }, () => leave(client)))
    await until('none is open on the server', () => server.load.incoming === 0)
    expect(client.load).toMatchObject({ outgoing: 0, streams: 0 })
    expect(server.load.streams).toBe(0)
  }
  expect(counts.finished).toBe(counts.started)
  client.abort()
  server.abort()
  expect([client.state, server.state]).toEqual(['closed', 'closed'])
})
