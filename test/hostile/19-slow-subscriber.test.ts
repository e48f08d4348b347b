// Row 19: a slow subscriber. The core's policy for a stream: its source is asked for no more than the
// subscriber may have, so nothing is dropped and nobody is disconnected; fast ones are not held up. For a
// notification: it is refused where it is made. What comes of a broadcast follows from these.
import { type Channel, memoryPair } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { type DropEvent, Peer, type Service } from 'tieline/peer'
import { RawSide, settled, until } from 'tieline/testing'
import { expect, test } from 'vitest'
import { emptied, HELLO } from './emptied.js'

test('gets every item in order, at its own pace, while the source waits for it', async () => {
  const dropped: DropEvent[] = []
  let made = 0
  const service: Service = async function* () {
    for (let n = 0; n < 2000; n++) {
      made++
      yield { n, text: 'x'.repeat(100) }
    }
  }
  const [left, right] = memoryPair()
  const common = {
    protocol: native(),
    limits: { windowBytes: 4096 },
    observe: { dropped: (event: DropEvent) => dropped.push(event) },
  }
  const client = new Peer(left as Channel, { ...common, role: 'client' })
  emptied(client, new Peer(right as Channel, { ...common, role: 'server', service }))
  let taken = 0
  for await (const item of client.stream('feed')) {
    expect((item as { n: number }).n).toBe(taken)
    taken++
    if (taken % 10 === 0) await settled(1)
    // A window of 4 KiB holds fewer than 40 of them, and one more is made.
    expect(made - taken).toBeLessThan(40)
  }
  expect([taken, made, dropped]).toEqual([2000, 2000, []])
})

test('does not hold up another subscriber of the same connection, nor of another', async () => {
  const service: Service = async function* () {
    for (let n = 0; n < 5000; n++) yield 'x'.repeat(100)
  }
  const connect = () => {
    const [left, right] = memoryPair()
    const common = { protocol: native(), limits: { windowBytes: 4096 } }
    const client = new Peer(left as Channel, { ...common, role: 'client' })
    emptied(client, new Peer(right as Channel, { ...common, role: 'server', service }))
    return client
  }
  const [one, two] = [connect(), connect()]
  const slow = one.stream('feed')
  await slow.next()
  const counts = [0, 0]
  const read = async (client: Peer, at: number) => {
    for await (const _ of client.stream('feed')) counts[at] = (counts[at] ?? 0) + 1
  }
  await Promise.all([read(one, 0), read(two, 1)])
  expect(counts).toEqual([5000, 5000])
  await slow.return?.()
  await until('all ended', () => one.load.streams === 0)
})

/** A broadcast as a service makes it: for each subscriber the newest `most` wait, and a count of the rest. */
class Broadcast {
  readonly #subscribers = new Set<(item: number) => void>()

  tell(item: number): void {
    for (const take of this.#subscribers) take(item)
  }

  async *subscribe(most: number, signal: AbortSignal): AsyncGenerator<unknown> {
    let waiting: number[] = []
    let lost = 0
    let wake = () => {}
    const take = (item: number) => {
      waiting.push(item)
      if (waiting.length > most) {
        waiting.shift()
        lost += 1
      }
      wake()
    }
    this.#subscribers.add(take)
    signal.addEventListener('abort', () => wake(), { once: true })
    try {
      while (!signal.aborted) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        const items = waiting
        waiting = []
        if (lost > 0) yield { lost }
        lost = 0
        yield* items
      }
    } finally {
      this.#subscribers.delete(take)
    }
  }

  get size(): number {
    return this.#subscribers.size
  }
}

test('of a broadcast that drops the oldest is told how many, and all others have every item', async () => {
  const EACH = 20_000
  const MOST = 100
  const broadcast = new Broadcast()
  const service: Service = ({ signal }) => broadcast.subscribe(MOST, signal)
  const connect = () => {
    const [left, right] = memoryPair()
    const common = { protocol: native(), limits: { windowBytes: 4096 } }
    const client = new Peer(left as Channel, { ...common, role: 'client' })
    emptied(client, new Peer(right as Channel, { ...common, role: 'server', service }))
    return client
  }
  const slow = connect().stream('feed')
  const fast = Array.from({ length: 20 }, connect)
  const begun = slow.next()
  const heard = fast.map(() => [] as unknown[])
  const reading = fast.map(async (client, at) => {
    for await (const item of client.stream('feed')) {
      heard[at]?.push(item)
      if (item === EACH - 1) break
    }
  })
  await until('all have subscribed', () => broadcast.size === fast.length + 1)
  for (let n = 0; n < EACH; n++) {
    broadcast.tell(n)
    // At the pace of those that read.
    if (n % 50 === 49) await until('they have it', () => heard.every((each) => each.at(-1) === n))
  }
  await Promise.all(reading)
  for (const each of heard) expect(each).toEqual(Array.from({ length: EACH }, (_, n) => n))
  // The slow one: in order, and each hole has its size.
  expect(await begun).toEqual({ done: false, value: 0 })
  let next = 1
  let told = 0
  while (next < EACH) {
    const { value } = await slow.next()
    if (typeof value === 'number') {
      expect(value).toBe(next)
      next += 1
    } else {
      const { lost } = value as { lost: number }
      next += lost
      told += lost
    }
  }
  expect(told).toBeGreaterThan(EACH / 2)
  await slow.return?.()
  await until('all have left', () => broadcast.size === 0)
})

test('that does not read notifications has them refused; others get every one', async () => {
  const limits = { queuedBytes: 100_000, frameBytes: 100_000 }
  const accepted: Peer[] = []
  const accept = (right: Channel | undefined) => {
    const peer = new Peer(right as Channel, { protocol: native(), role: 'server', limits })
    accepted.push(peer)
    emptied(peer)
  }
  const heard: number[] = []
  const [badLeft, badRight] = memoryPair()
  const [left, right] = memoryPair()
  accept(badRight)
  accept(right)
  const raw = new RawSide(badLeft as Channel, native())
  raw.send(HELLO)
  await raw.heard()
  raw.deaf(true)
  const service: Service = ({ params }) => void heard.push((params as { n: number }).n)
  const client = new Peer(left as Channel, { protocol: native(), role: 'client', service })
  emptied(client)
  await client.ready
  const [bad, good] = accepted as [Peer, Peer]
  const refused: unknown[] = []
  for (let n = 0; n < 5000; n++) {
    good.notify('told', { n, text: 'x'.repeat(100) })
    try {
      bad.notify('told', { n, text: 'x'.repeat(100) })
    } catch (error) {
      refused.push(error)
    }
    if (n % 50 === 0) await until('the other has it', () => heard.length === n + 1)
  }
  await until('the other has all', () => heard.length === 5000)
  expect(heard).toEqual(Array.from({ length: 5000 }, (_, n) => n))
  expect(refused.length).toBeGreaterThan(3000)
  expect(refused[0]).toMatchObject({ code: 'resource-exhausted', sent: 'no', method: 'told' })
  expect(bad.load.queuedBytes).toBeLessThan(200_000)
  expect(bad.state).toBe('open')
})
