import { describe, expect, it } from 'vitest'
import type { Clock } from '../clock.js'
import { channelSuite } from '../testing/channel-suite.js'
import { Recorder, settle } from '../testing/recorder.js'
import { memoryPair } from './memory.js'

for (const unit of ['bytes', 'message'] as const) {
  channelSuite(`a memory pair of ${unit}`, () => {
    const [left, right] = memoryPair({ unit })
    return { left, right }
  })
}

channelSuite('a memory pair with latency', () => {
  const [left, right] = memoryPair({ latencyMs: 1 })
  return { left, right }
})

describe('a memory pair', () => {
  it('keeps empty messages, and has no empty chunks of bytes', async () => {
    for (const [unit, count] of [
      ['message', 2],
      ['bytes', 1],
    ] as const) {
      const [left, right] = memoryPair({ unit })
      const recorder = new Recorder()
      right.open(recorder)
      left.send(new Uint8Array(0))
      left.send(new Uint8Array(1))
      await recorder.until(({ bytes }) => bytes === 1)
      expect(recorder.chunks).toHaveLength(count)
    }
  })

  it('counts as buffered what lies undelivered past the high-water mark', () => {
    const [left, right] = memoryPair({ highWater: 10 })
    expect(left.send(new Uint8Array(10))).toBe(true)
    expect(left.buffered).toBe(0)
    expect(left.send(new Uint8Array(5))).toBe(false)
    expect(left.buffered).toBe(5)
    expect(right.buffered).toBe(0)
  })

  it('overwrites a chunk after it was delivered, to find out who keeps it', async () => {
    const [left, right] = memoryPair()
    const kept: Uint8Array[] = []
    right.open({ message: (chunk) => kept.push(chunk), drained() {}, closed() {} })
    left.send(Uint8Array.of(1, 2, 3))
    await settle()
    expect(kept).toEqual([Uint8Array.of(0xdd, 0xdd, 0xdd)])
  })

  it('tells the other side of an abort as a lost connection, with the reason in words', async () => {
    const [left, right] = memoryPair()
    const recorder = new Recorder()
    right.open(recorder)
    left.abort(new Error('out of cheese'))
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.ends[0]?.error).toMatchObject({
      code: 'connection-lost',
      message: expect.stringContaining('out of cheese'),
    })
  })

  it('lets timers run however busily the two ends answer each other', async () => {
    const [left, right] = memoryPair()
    let timerRan = false
    setTimeout(() => {
      timerRan = true
    }, 1)
    await new Promise<void>((resolve) => {
      const ball = Uint8Array.of(1)
      const back = (channel: typeof left) => ({
        message: () => (timerRan ? resolve() : channel.send(ball)),
        drained() {},
        closed() {},
      })
      left.open(back(left))
      right.open(back(right))
      left.send(ball)
    })
    expect(timerRan).toBe(true)
  })

  it('delivers after its latency, by the clock it is given', async () => {
    let now = 0
    const timers: { at: number; run: () => void }[] = []
    const clock: Clock = {
      now: () => now,
      soon: (run) => queueMicrotask(run),
      after(ms, run) {
        timers.push({ at: now + ms, run })
        return { cancel() {}, hold() {} }
      },
    }
    const [left, right] = memoryPair({ latencyMs: 100, clock })
    const recorder = new Recorder()
    right.open(recorder)
    left.send(Uint8Array.of(1))
    now = 40
    left.send(Uint8Array.of(2))
    for (const [moment, bytes] of [
      [100, 1],
      [140, 2],
    ] as const) {
      now = moment
      for (const timer of timers.splice(0)) {
        if (timer.at <= now) timer.run()
        else timers.push(timer)
      }
      await settle()
      expect(recorder.bytes).toBe(bytes)
    }
  })
})
