// Frames behind four bytes of length, as Node has them and as a page's bundle has them.
import { describe, expect, it } from 'vitest'
import { messagePack } from '../codec/msgpack/index.js'
import { raw } from '../codec/raw.js'
import { defaultLimits, limitsWith } from '../limits.js'
import { encodedBy, wireSuite } from '../testing/wire-suite.js'
import * as node from './behind-length.js'
import * as browser from './behind-length-browser.js'

const values: unknown[] = [null, 'a', -7, [1, ['two', { three: 3 }]], new Uint8Array(40).fill(9)]
const large = [new Uint8Array(200_000).fill(0x5a), { body: new Uint8Array(50_000), tail: '→' }]

describe.each([
  ['in Node', node.behindLength],
  ['in a page', browser.behindLength],
])('a length before each value, %s', (where, behindLength) => {
  wireSuite(`behindLength, ${where}`, () => behindLength(messagePack()), values, { large })

  const refusalOf = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      return (error as Error).message
    }
    return 'nothing'
  }
  const decoder = () => behindLength(raw()).decoder(limitsWith({ frameBytes: 1000 }))
  const fed = (...bytes: number[]) => {
    const fresh = decoder()
    fresh.push(Uint8Array.from(bytes), () => {})
    return fresh
  }

  it('is big-endian, and refuses in the same words', () => {
    const [bytes] = encodedBy(behindLength(raw()), [Uint8Array.of(7, 8)])
    expect(bytes).toEqual(Uint8Array.of(0, 0, 0, 2, 7, 8))
    expect(refusalOf(() => fed(0, 0, 4, 0))).toBe(
      'a frame of 1024 bytes was announced; the limit frameBytes is 1000',
    )
    expect(refusalOf(() => fed(0xff, 0xff, 0xff, 0xff))).toMatch(/^a frame of 4294967295 bytes/)
    expect(refusalOf(() => fed(0, 0, 0, 0))).toBe('a frame without a body arrived')
    expect(refusalOf(() => fed(0, 0).end())).toBe(
      "the channel ended inside a frame's header, after 2 of 4 bytes",
    )
    expect(refusalOf(() => fed(0, 0, 0, 5, 1, 2).end())).toBe(
      'the channel ended inside a frame, after 2 of 5 bytes',
    )
    const empty = () => encodedBy(behindLength(raw()), [new Uint8Array(0)], defaultLimits)
    expect(refusalOf(empty)).toBe('a value without bytes cannot be sent as a frame')
  })
})

it('in a page takes memory for what came of a frame, not for what was promised', () => {
  const limits = limitsWith({ frameBytes: 2 ** 30 })
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 50; i++) {
    const decoder = browser.behindLength(raw()).decoder(limits)
    decoder.push(Uint8Array.of(0x3f, 0xff, 0xff, 0xff, 1), () => {})
    expect(decoder.pending).toBe(5)
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
})
