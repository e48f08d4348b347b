// Row 19: a slow subscriber. The core's policy for a stream: its source is asked for no more than the
// subscriber may have, so nothing is dropped and nobody is disconnected; fast ones are not held up.
import { type Channel, memoryPair } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { type DropEvent, Peer, type Service } from 'tieline/peer'
import { settled, until } from 'tieline/testing'
import { afterEach, expect, test } from 'vitest'

const peers: Peer[] = []
afterEach(() => {
  for (const peer of peers.splice(0)) peer.abort()
})

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
  peers.push(client, new Peer(right as Channel, { ...common, role: 'server', service }))
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
    peers.push(client, new Peer(right as Channel, { ...common, role: 'server', service }))
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
