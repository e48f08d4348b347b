import { describe, expect, it } from 'vitest'
import { channelSuite } from '../testing/channel-suite.js'
import { Recorder } from '../testing/recorder.js'
import type { CloseInfo } from './channel.js'
import { memoryPair } from './memory.js'
import { tap } from './tap.js'

channelSuite('a tapped channel', () => {
  const [left, right] = memoryPair()
  return { left: tap(left, {}), right: tap(right, { received() {}, sent() {}, closed() {} }) }
})

describe('tap', () => {
  it('shows what is sent, what arrives, and how it ended', async () => {
    const [left, right] = memoryPair({ endpoint: 'memory' })
    const seen: unknown[] = []
    const tapped = tap(left, {
      sent: (data) => seen.push(['sent', data]),
      received: (chunk) => seen.push(['received', [...chunk]]),
      closed: (why: CloseInfo) => seen.push(['closed', why.by]),
    })
    const recorder = new Recorder()
    tapped.open(recorder)
    right.open(new Recorder())
    tapped.send(Uint8Array.of(1))
    right.send(Uint8Array.of(2))
    await recorder.until(({ bytes }) => bytes === 1)
    await tapped.close()
    expect(seen).toEqual([
      ['sent', Uint8Array.of(1)],
      ['received', [2]],
      ['closed', 'local'],
    ])
    expect([tapped.unit, tapped.remote]).toEqual(['bytes', { endpoint: 'memory' }])
    expect(() => tapped.send(Uint8Array.of(3))).toThrow()
    expect(seen).toHaveLength(3)
  })

  it('passes on the memory that the sink gives', async () => {
    const [left, right] = memoryPair()
    const memory = new Uint8Array(4)
    let got: Uint8Array | undefined
    await new Promise<void>((resolve) => {
      tap(right, {}).open({
        room: () => memory,
        message(chunk) {
          got = chunk
          resolve()
        },
        drained() {},
        closed() {},
      })
      left.send(Uint8Array.of(7, 8))
    })
    expect(got?.buffer).toBe(memory.buffer)
    expect([...memory]).toEqual([7, 8, 0, 0])
  })
})
