// Row 13: cancel before the start, while it runs, after the answer, twice, of an unknown id: one
// settlement, the handler's signal fires once, and nothing is written later.
import { type Channel, memoryPair } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { type CallFinishedEvent, Peer, type Service } from 'tieline/peer'
import { later, RawSide, settled } from 'tieline/testing'
import { expect, test } from 'vitest'
import { emptied, HELLO } from './emptied.js'

async function connected(service: Service) {
  const finished: CallFinishedEvent[] = []
  const [left, right] = memoryPair()
  const peer = new Peer(right as Channel, {
    protocol: native(),
    role: 'server',
    service,
    observe: { finished: (event) => finished.push(event) },
  })
  emptied(peer)
  const raw = new RawSide(left as Channel, native())
  raw.send(HELLO)
  await raw.heard()
  return { peer, raw, finished }
}

test('of an id that is not, or not yet, in use: nothing happens', async () => {
  const { raw } = await connected(() => 'hi')
  raw.send([9, 1], [9, 77], [1, 1, 'hello'])
  expect(await raw.heard()).toEqual([[4, 1, 'hi']])
})

test('while it runs, twice: the signal fires once, its answer is not written', async () => {
  const answer = later<string>()
  let fired = 0
  const { raw, peer, finished } = await connected((call) => {
    call.signal.addEventListener('abort', () => fired++)
    return answer.promise
  })
  raw.send([1, 1, 'wait'])
  await raw.heard()
  raw.send([9, 1], [9, 1])
  await settled()
  answer.resolve('too late')
  expect(await raw.heard()).toEqual([])
  expect(fired).toBe(1)
  expect(finished.map(({ code }) => code)).toEqual(['cancelled'])
  expect(peer.load.incoming).toBe(0)
})

test('after the answer: nothing happens, and the id is free', async () => {
  const { raw, finished } = await connected(() => 'hi')
  raw.send([1, 1, 'hello'], [9, 1], [1, 1, 'hello'], [9, 1])
  expect(await raw.heard()).toEqual([
    [4, 1, 'hi'],
    [4, 1, 'hi'],
  ])
  expect(finished.map(({ code }) => code)).toEqual(['ok', 'ok'])
})

test('in the same chunk as its request: the handler has started, and is told', async () => {
  const seen: boolean[] = []
  const { raw } = await connected(async (call) => {
    await Promise.resolve()
    seen.push(call.signal.aborted)
    return 'late'
  })
  raw.send([1, 1, 'wait'], [9, 1])
  expect(await raw.heard()).toEqual([])
  expect(seen).toEqual([true])
})

test('the id of a cancelled call may be used again while its handler still runs', async () => {
  const answers = [later<string>(), later<string>()]
  let runs = 0
  const { raw } = await connected(() => answers[runs++]?.promise)
  raw.send([1, 1, 'wait'], [9, 1], [1, 1, 'wait'])
  await settled()
  answers[0]?.resolve('of the first')
  expect(await raw.heard()).toEqual([])
  answers[1]?.resolve('of the second')
  expect(await raw.heard()).toEqual([[4, 1, 'of the second']])
})

test('of a stream: its source is left, and no item follows', async () => {
  let left = 0
  const { raw, peer } = await connected(async function* () {
    try {
      for (let n = 0; ; n++) yield n
    } finally {
      left++
    }
  })
  raw.send([2, 1, 'ticks', 100])
  const items = await raw.heard()
  expect(items.length).toBeGreaterThan(5)
  raw.send([9, 1], [8, 1, 1_000_000])
  expect(await raw.heard()).toEqual([])
  expect([left, peer.load.streams, peer.load.incoming]).toEqual([1, 0, 0])
})

test('a handler that throws because of its cancel is not heard any more', async () => {
  const failed: unknown[] = []
  const [left, right] = memoryPair()
  const peer = new Peer(right as Channel, {
    protocol: native(),
    role: 'server',
    service: async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      signal.throwIfAborted()
    },
    observe: { handlerFailed: ({ error }) => failed.push(error) },
  })
  emptied(peer)
  const raw = new RawSide(left as Channel, native())
  raw.send(HELLO, [1, 1, 'wait'])
  await raw.heard()
  raw.send([9, 1])
  expect(await raw.heard()).toEqual([])
  expect(failed).toEqual([])
})

test('ten thousand calls that are cancelled at once leave nothing', async () => {
  let running = 0
  const { raw, peer } = await connected(async ({ signal }) => {
    running++
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    running--
  })
  for (let round = 0; round < 100; round++) {
    const ids = Array.from({ length: 100 }, (_, n) => round * 100 + n + 1)
    raw.send(...ids.map((id) => [1, id, 'wait']), ...ids.map((id) => [9, id]))
    await settled(1)
  }
  expect(await raw.heard()).toEqual([])
  expect([running, peer.load.incoming]).toEqual([0, 0])
})
