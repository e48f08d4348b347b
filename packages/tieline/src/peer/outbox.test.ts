import { beforeEach, describe, expect, test } from 'vitest'
import { giveSink, lendSink } from '../bytes.js'
import type { Channel } from '../channel/index.js'
import type { Envelope } from '../dialect/index.js'
import { native } from '../dialect/index.js'
import { defaultLimits } from '../limits.js'
import { envelopesOf } from '../testing/dialect-suite.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { Outbox } from './outbox.js'
import { sharedTerms } from './terms.js'

class Sent implements Channel {
  readonly unit = 'bytes'
  readonly remote = {}
  buffered = 0
  takes = true
  gone = false
  readonly sends: Uint8Array[] = []

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.gone) throw new Error('gone')
    const bytes = Buffer.concat(data instanceof Uint8Array ? [data] : data)
    this.sends.push(new Uint8Array(bytes))
    if (!this.takes) this.buffered += bytes.length
    return this.takes
  }

  open(): void {}
  pause(): void {}
  resume(): void {}
  hold(): void {}
  abort(): void {}
  async close(): Promise<void> {}
}

const ping = (token: number): Envelope => ({ kind: 'ping', token })
const item = (value: unknown): Envelope => ({ kind: 'item', id: 1, from: 'callee', value })

describe('an outbox', () => {
  let channel: Sent
  let outbox: Outbox
  let told: string[]

  beforeEach(() => {
    channel = new Sent()
    told = []
    const protocol = native()
    outbox = new Outbox(channel, sharedTerms(protocol, defaultLimits, new FakeClock()), {
      failed: (error) => told.push((error as Error).message),
      blocked: () => told.push('blocked'),
    })
  })

  const read = (): Envelope[] => channel.sends.flatMap((bytes) => envelopesOf(native(), bytes))

  test('joins what is written within a tick into one send', async () => {
    for (let n = 0; n < 10; n++) outbox.send(ping(n))
    expect(channel.sends).toHaveLength(0)
    await settled(1)
    expect(channel.sends).toHaveLength(1)
    expect(read()).toEqual(Array.from({ length: 10 }, (_, n) => ping(n)))
  })

  test('does not wait for the end of the tick with more than two kilobytes, then four, then eight', async () => {
    const early = [2048, 4096, 8192, 8192]
    for (let tick = 0; tick < 2; tick++) {
      for (let n = 0; n < 220; n++) outbox.send(item('x'.repeat(100)))
      expect(channel.sends).toHaveLength(early.length)
      early.forEach((bytes, n) => {
        expect(channel.sends[n]?.length).toBeGreaterThanOrEqual(bytes)
        expect(channel.sends[n]?.length).toBeLessThan(bytes + 200)
      })
      await settled(1)
      channel.sends.splice(0)
    }
  })

  test('tells each size, and what was written, handed over and taken', async () => {
    const bytes = outbox.send(item('x'))
    expect([bytes, outbox.written, outbox.handed, outbox.queued]).toEqual([9, 9, 0, 9])
    channel.takes = false
    outbox.flush()
    expect([outbox.handed, outbox.taken, outbox.queued]).toEqual([9, 0, 9])
    channel.buffered = 2
    expect([outbox.taken, outbox.queued]).toEqual([7, 2])
  })

  test('holds back while the channel takes no more, and wakes who waits when it does again', async () => {
    channel.takes = false
    outbox.send(ping(1))
    await settled(1)
    expect([told, outbox.writable]).toEqual([['blocked'], false])
    const woken: string[] = []
    const [one, two] = [{ wake: () => woken.push('one') }, { wake: () => woken.push('two') }]
    outbox.wait(one)
    outbox.wait(two)
    outbox.leave(two)
    for (let n = 0; n < 100; n++) outbox.send(item('x'.repeat(100)))
    await settled(1)
    expect(channel.sends).toHaveLength(1)
    channel.takes = true
    channel.buffered = 0
    outbox.drained()
    expect([woken, outbox.writable, channel.sends.length]).toEqual([['one'], true, 2])
    outbox.drained()
    expect(woken).toEqual(['one'])
  })

  test('gives its slab back also when the channel hands on what it took after the end of the tick', async () => {
    const slab = lendSink()
    giveSink(slab)
    channel.send = () => {
      channel.buffered = 1
      process.nextTick(() => {
        channel.buffered = 0
      })
      return true
    }
    outbox.send(ping(1))
    await settled(3)
    expect(lendSink()).toBe(slab)
  })

  test('wakes nobody when the channel is full again at once', async () => {
    channel.takes = false
    outbox.send(ping(1))
    await settled(1)
    const woken: string[] = []
    outbox.wait({ wake: () => woken.push('one') })
    outbox.send(ping(2))
    outbox.drained()
    expect([woken, told]).toEqual([[], ['blocked', 'blocked']])
  })

  test('a value that cannot be written leaves no trace', async () => {
    outbox.send(ping(1))
    expect(() => outbox.send(item({ deep: [1, () => {}] }))).toThrow('cannot be written')
    expect(() => outbox.send(item(new Uint8Array(17 * 1024 * 1024)))).toThrow('frameBytes')
    outbox.send(ping(2))
    await settled(1)
    expect(read()).toEqual([ping(1), ping(2)])
  })

  test('a channel that is gone is told, and nothing was handed over', () => {
    outbox.send(ping(1))
    channel.gone = true
    outbox.flush()
    expect([told, outbox.handed, outbox.queued]).toEqual([['gone'], 0, 0])
    expect(outbox.send(ping(2))).toBe(0)
  })

  test('closed, it drops what it has and takes nothing more', async () => {
    outbox.send(ping(1))
    outbox.close()
    expect(outbox.send(ping(2))).toBe(0)
    outbox.flush()
    outbox.drained()
    await settled(1)
    expect([channel.sends.length, outbox.queued]).toEqual([0, 0])
  })

  test('memory that the channel still has is not written to', async () => {
    channel.takes = false
    const kept: Uint8Array[] = []
    channel.send = (data) => {
      kept.push(...(data instanceof Uint8Array ? [data] : data))
      channel.buffered += 1
      return false
    }
    outbox.send(item('first'))
    await settled(1)
    const before = kept.map((bytes) => Buffer.from(bytes).toString('hex'))
    for (let n = 0; n < 2000; n++) outbox.send(item('x'.repeat(100)))
    await settled(1)
    expect(kept.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(before)
  })
})
