// Peeking: what is seen first is delivered all the same, and a channel that says nothing is let go.
import { describe, expect, it } from 'vitest'
import { channelSuite } from '../testing/channel-suite.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { Recorder } from '../testing/recorder.js'
import type { Channel } from './channel.js'
import { type MemoryOptions, memoryPair } from './memory.js'
import { type PeekOptions, peek } from './peek.js'

/** Peeks with these options, or until the first byte. */
function peeked(channel: Channel, options: Partial<PeekOptions<string>> = {}) {
  let giveUp: (reason: Error) => void = () => {}
  const outcome = new Promise<{ value: string; channel: Channel } | Error>((resolve) => {
    giveUp = peek(channel, {
      decide: (head) => (head.length > 0 ? text(head) : undefined),
      most: 8,
      withinMs: 1000,
      decided: (value, next) => resolve({ value, channel: next }),
      failed: resolve,
      ...options,
    })
  })
  return { outcome, giveUp }
}

const bytes = (value: string) => new TextEncoder().encode(value)
const text = (value: Uint8Array) => new TextDecoder().decode(value)

/** The channel without the first byte that it brings, or without its first message. */
function withoutFirst(channel: Channel): Channel {
  let stripped = channel.unit === 'message' ? 0 : 1
  let first = true
  return {
    unit: channel.unit,
    remote: channel.remote,
    open: (sink) =>
      channel.open({
        message(chunk) {
          const wasFirst = first
          first = false
          if (wasFirst && channel.unit === 'message') return
          const rest = chunk.subarray(stripped)
          stripped = 0
          if (rest.length > 0 || channel.unit === 'message') sink.message(rest)
        },
        drained: () => sink.drained(),
        closed: (why) => sink.closed(why),
        room: () => sink.room?.(),
      }),
    send: (data) => channel.send(data),
    get buffered() {
      return channel.buffered
    },
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    hold: (alive) => channel.hold(alive),
    close: (options) => channel.close(options),
    abort: (reason) => channel.abort(reason),
  }
}

/** Both ends peeked at, after each has sent one byte. */
async function pair(options: MemoryOptions) {
  const both = memoryPair(options)
  const outcomes = both.map((channel) => peeked(channel).outcome)
  for (const channel of both) channel.send(bytes('!'))
  const [left, right] = await Promise.all(
    outcomes.map(async (outcome) =>
      withoutFirst(((await outcome) as { channel: Channel }).channel),
    ),
  )
  return { left: left as Channel, right: right as Channel }
}

channelSuite('a channel that was peeked at', () => pair({}))
channelSuite('a channel of messages that was peeked at', () => pair({ unit: 'message' }))

describe('peek', () => {
  it('loses nothing, however few bytes come at a time and however many it needs', async () => {
    const whole = 'abcdefgh and the rest'
    for (let needed = 1; needed <= 8; needed++) {
      for (const size of [1, 2, 3, 7, 8, 9, whole.length]) {
        const [left, right] = memoryPair()
        const { outcome } = peeked(right, {
          decide: (head) => (head.length >= needed ? text(head) : undefined),
        })
        left.open(new Recorder())
        for (let at = 0; at < whole.length; at += size) {
          left.send(bytes(whole.slice(at, at + size)))
          await settled(1)
        }
        const { value, channel } = (await outcome) as { value: string; channel: Channel }
        expect(value).toBe(whole.slice(0, value.length))
        expect(value.length).toBeLessThanOrEqual(8)
        const recorder = new Recorder()
        channel.open(recorder)
        expect(recorder.bytes).toBe(0)
        await recorder.until((seen) => seen.bytes === whole.length)
        expect(text(recorder.whole)).toBe(whole)
        left.abort(new Error('done'))
      }
    }
  })

  it('delivers in place to one who opens the channel at once', async () => {
    const [left, right] = memoryPair()
    const recorder = new Recorder()
    let before = -1
    peek(right, {
      decide: () => true,
      most: 8,
      withinMs: 1000,
      decided: (_, channel) => {
        channel.open(recorder)
        before = recorder.bytes
      },
      failed: () => expect.fail('it failed'),
    })
    left.send(bytes('hello'))
    await recorder.until((seen) => seen.bytes === 5)
    expect(before).toBe(0)
    expect(recorder.chunks).toHaveLength(1)
  })

  it('keeps the borders of messages, and sees no more than the first', async () => {
    const [left, right] = memoryPair({ unit: 'message' })
    const seen: [string, boolean][] = []
    const { outcome } = peeked(right, {
      decide: (head, last) => {
        seen.push([text(head), last])
        return 'it'
      },
    })
    for (const message of ['one', '', 'a longer one']) left.send(bytes(message))
    const { channel } = (await outcome) as { channel: Channel }
    const recorder = new Recorder()
    channel.open(recorder)
    await recorder.until(({ chunks }) => chunks.length === 3)
    expect(recorder.chunks.map(text)).toEqual(['one', '', 'a longer one'])
    expect(seen).toEqual([['one', true]])
  })

  it('reads no more than a little while nobody has opened the channel', async () => {
    const [left, right] = memoryPair({ highWater: 1000 })
    const { outcome } = peeked(right)
    left.open(new Recorder())
    left.send(bytes('!'))
    const { channel } = (await outcome) as { channel: Channel }
    for (let i = 0; i < 10; i++) left.send(new Uint8Array(1000))
    await settled(20)
    expect(left.buffered).toBe(9000)
    const recorder = new Recorder()
    channel.open(recorder)
    await recorder.until((seen) => seen.bytes === 10_001)
  })

  it('refuses what `decide` refuses, and closes the channel with that', async () => {
    const [left, right] = memoryPair()
    const atLeft = new Recorder()
    left.open(atLeft)
    const { outcome } = peeked(right, {
      decide: () => {
        throw new Error('none of these')
      },
    })
    left.send(bytes('x'))
    expect(await outcome).toMatchObject({ message: 'none of these' })
    await atLeft.until(({ ends }) => ends.length === 1)
    expect(atLeft.ends[0]?.error?.message).toContain('none of these')
  })

  it('asks no more after `most` bytes', async () => {
    const [left, right] = memoryPair()
    const heads: [number, boolean][] = []
    const { outcome } = peeked(right, {
      decide: (head, last) => void heads.push([head.length, last]) as undefined,
    })
    for (const size of [3, 3, 100]) left.send(new Uint8Array(size))
    expect(await outcome).toBeInstanceOf(Error)
    expect(heads).toEqual([
      [3, false],
      [6, false],
      [8, true],
    ])
  })

  it.each([
    ['', 'nothing came within 1000 ms (limit firstFrameMs)'],
    ['ab', 'too little came to know what it is within 1000 ms (limit firstFrameMs)'],
  ])('ends a channel that says %j and no more', async (said, message) => {
    const clock = new FakeClock()
    const [left, right] = memoryPair()
    const { outcome } = peeked(right, { clock, decide: () => undefined })
    left.send(bytes(said))
    await settled()
    clock.advance(999)
    await settled()
    expect(clock.timers).toBe(1)
    clock.advance(1)
    expect(await outcome).toMatchObject({ message, code: 'deadline-exceeded' })
    expect(clock.timers).toBe(0)
    await settled()
    expect(() => right.send(bytes('x'))).toThrow()
  })

  it('gives a channel its time again when this process stood still', async () => {
    const clock = new FakeClock()
    const [left, right] = memoryPair()
    const { outcome } = peeked(right, { clock })
    clock.standStill(60_000)
    left.send(bytes('x'))
    expect(await outcome).toMatchObject({ value: 'x' })
    expect(clock.timers).toBe(0)
  })

  it('tells when the other side ends it first, and when it is given up', async () => {
    const clock = new FakeClock()
    const [left, right] = memoryPair()
    const ended = peeked(right, { clock })
    await left.close()
    expect(await ended.outcome).toMatchObject({ code: 'connection-lost' })
    ended.giveUp(new Error('too late'))

    const [, other] = memoryPair()
    const given = peeked(other, { clock })
    given.giveUp(new Error('no more'))
    given.giveUp(new Error('again'))
    expect(await given.outcome).toMatchObject({ message: 'no more' })
    expect(clock.timers).toBe(0)
  })

  it('delivers what came before an end that nobody waited for', async () => {
    const [left, right] = memoryPair()
    const { outcome } = peeked(right)
    left.send(bytes('hello'))
    await left.close()
    const { channel } = (await outcome) as { channel: Channel }
    await settled()
    const recorder = new Recorder()
    channel.open(recorder)
    await recorder.until(({ ends }) => ends.length === 1)
    expect(text(recorder.whole)).toBe('hello')
    await channel.close()
    expect(() => channel.open(new Recorder())).toThrow('open already')
  })

  it('tells the end once to one who does not want what came before it', async () => {
    for (const end of ['close', 'abort'] as const) {
      const [left, right] = memoryPair()
      const { outcome } = peeked(right)
      left.send(bytes('hello'))
      await left.close()
      const { channel } = (await outcome) as { channel: Channel }
      await settled()
      const recorder = new Recorder()
      channel.open(recorder)
      channel.pause()
      if (end === 'close') await channel.close()
      else channel.abort(new Error('no'))
      await recorder.until(({ ends }) => ends.length === 1)
      await settled()
      expect([recorder.bytes, recorder.ends.length, recorder.late]).toEqual([0, 1, 0])
    }
  })
})
