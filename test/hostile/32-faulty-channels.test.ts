// Rows 1, 2, 11 and 32 over channels that cut, join, delay, repeat, lose, stand still or send into
// nothing: whatever becomes of a conversation, every call settles once and nothing is left of it.
import { memoryPair } from 'tieline/channel'
import { jsonRpc, msgpackRpc, native, type Protocol } from 'tieline/dialect'
import { Peer } from 'tieline/peer'
import { type ChannelFaults, FakeClock, faultyPair, nextSeed, settled } from 'tieline/testing'
import { describe, expect, it } from 'vitest'

const PROTOCOLS: Readonly<Record<string, () => Protocol>> = {
  native,
  'native in messages': () => native({ over: 'messages' }),
  'MessagePack-RPC': msgpackRpc,
  'JSON-RPC in lines': () => jsonRpc({ framing: 'lines' }),
  'JSON-RPC in messages': () => jsonRpc({ framing: 'message' }),
}

const FAULTS: Readonly<Record<string, ChannelFaults>> = {
  'cuts and joins': { split: 0.7, join: 0.5 },
  'is late': { delayMs: 3 },
  repeats: { duplicate: 0.2 },
  loses: { drop: 0.1 },
  'stands still': { stallAfter: 700 },
  'sends into nothing': { halfCloseAfter: 700 },
  'does all of that': { split: 0.5, join: 0.3, delayMs: 1, duplicate: 0.05, drop: 0.05 },
}
/** Nothing is lost or doubled in these: each call has its own answer. */
const HARMLESS = new Set(['cuts and joins', 'is late'])
const CALLS = 40
const ROUNDS = 5

async function converse(protocol: () => Protocol, faults: ChannelFaults) {
  const clock = new FakeClock(1000)
  const { unit } = protocol().wire
  const [left, right] = faultyPair(memoryPair({ unit }), { ...faults, seed: nextSeed() })
  const ran = new Map<string, number>()
  const options = { protocol: protocol(), clock, heartbeat: false } as const
  const server = new Peer(right, {
    ...options,
    protocol: protocol(),
    role: 'server',
    service: ({ params }) => {
      const key = JSON.stringify(params)
      ran.set(key, (ran.get(key) ?? 0) + 1)
      return params
    },
  })
  const client = new Peer(left, { ...options, role: 'client', service: () => {} })
  // Where the handshake is lost there is no conversation, and its deadline says so.
  client.ready.catch(() => {})
  server.ready.catch(() => {})
  let settlements = 0
  const calls = Array.from({ length: CALLS }, async (_, n) => {
    try {
      return await client.call('echo', [`value ${n}`], { timeout: '5s' })
    } finally {
      settlements += 1
    }
  })
  const all = Promise.allSettled(calls)
  for (let turn = 0; turn < 200 && settlements < CALLS; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    // What was lost is found out by deadlines, which are turned on by hand.
    if (turn > 50) clock.advance(1000)
  }
  const results = await all
  client.abort()
  server.abort()
  await Promise.all([client.closed, server.closed])
  await settled()
  expect(settlements).toBe(CALLS)
  for (const { load } of [client, server]) {
    expect(load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
  }
  expect(clock.timers).toBe(0)
  return { results, ran }
}

describe.each(Object.entries(PROTOCOLS))('%s over a channel that', (_, protocol) => {
  it.each(Object.entries(FAULTS))('%s', async (name, faults) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { results, ran } = await converse(protocol, faults)
      for (const [n, result] of results.entries()) {
        if (result.status === 'fulfilled') {
          // An answer is the call's own, whatever was repeated or lost around it.
          expect(result.value).toEqual([`value ${n}`])
        } else {
          expect(HARMLESS.has(name), String(result.reason)).toBe(false)
          expect(result.reason).toMatchObject({
            name: 'TielineError',
            sent: expect.stringMatching(/^(no|maybe)$/),
          })
        }
      }
      if (HARMLESS.has(name)) expect([...ran.values()].every((times) => times === 1)).toBe(true)
    }
  })
})
