// Row 16: a stream of 1 GiB whose reader never reads: the writer waits, memory stays flat, and small
// calls over the same connection are answered. Over a real socket.
import type { Channel } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { Peer, type Service } from 'tieline/peer'
import { later, settled, until } from 'tieline/testing'
import { local } from 'tieline/transport'
import { expect, test } from 'vitest'
import { ownFolder } from '../support/at-end.js'
import { emptied } from './emptied.js'

const MIB = 1024 * 1024
const directory = ownFolder()
let sockets = 0

async function connected(service: Service): Promise<{ client: Peer; server: Peer }> {
  const transport = local(`unix:${directory}/${++sockets}.sock`)
  const accepted = later<Channel>()
  const listener = await transport.listen({ accept: accepted.resolve })
  const left = await transport.connect()
  const right = await accepted.promise
  await listener.close()
  const client = new Peer(left, { protocol: native(), role: 'client' })
  const server = new Peer(right, { protocol: native(), role: 'server', service })
  emptied(client, server)
  await client.ready
  return { client, server }
}

/** Bytes outside the heap of values: where a queue of large items would be. */
function memory(): number {
  const { arrayBuffers, external } = process.memoryUsage()
  return arrayBuffers + external
}

/** 1 GiB, a MiB at a time, each with memory of its own. */
function gibibyte() {
  const state = { made: 0, left: 0 }
  async function* items() {
    try {
      for (let n = 0; n < 1024; n++) {
        state.made++
        yield new Uint8Array(MIB)
      }
    } finally {
      state.left++
    }
  }
  return { state, items }
}

test('from the server: the writer waits, and small calls are answered', async () => {
  const { state, items } = gibibyte()
  const { client, server } = await connected(({ method }) => (method === 'all' ? items() : 'hi'))
  const before = memory()
  const stream = client.stream('all')
  await stream.next()
  await settled(50)
  for (let n = 0; n < 100; n++) expect(await client.call('hello')).toBe('hi')
  expect(state.made).toBeLessThan(8)
  expect(memory() - before).toBeLessThan(32 * MIB)
  expect(server.load.queuedBytes).toBeLessThan(4 * MIB)
  await stream.return?.()
  await until('the source was left', () => state.left === 1)
})

test('from the caller, whose handler never reads: the same', async () => {
  const { state, items } = gibibyte()
  const gate = later()
  const { client } = await connected(async (call) => {
    if (call.method !== 'take') return 'hi'
    for await (const _ of call.items) await gate.promise
    return 'taken'
  })
  const before = memory()
  const taken = client.call('take', undefined, { items: items(), timeout: '1h' })
  await settled(50)
  for (let n = 0; n < 100; n++) expect(await client.call('hello')).toBe('hi')
  expect(state.made).toBeLessThan(8)
  expect(memory() - before).toBeLessThan(32 * MIB)
  client.abort()
  gate.resolve()
  await expect(taken).rejects.toMatchObject({ code: 'connection-lost' })
  await until('the source was left', () => state.left === 1)
})

test('many such streams at once, and small calls are still answered', async () => {
  const sources = Array.from({ length: 64 }, gibibyte)
  let next = 0
  const { client } = await connected(({ method }) =>
    method === 'all' ? sources[next++]?.items() : 'hi',
  )
  const streams = sources.map(() => client.stream('all'))
  await Promise.all(streams.map((stream) => stream.next()))
  for (let n = 0; n < 100; n++) expect(await client.call('hello')).toBe('hi')
  for (const { state } of sources) expect(state.made).toBeLessThan(8)
  await Promise.all(streams.map((stream) => stream.return?.()))
  await until('all sources were left', () => sources.every(({ state }) => state.left === 1))
})
