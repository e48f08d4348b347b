// Values back to back: the shared suite, what gathering a long value costs, and where it is gathered.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SelfDelimitingCodec } from '../codec/codec.js'
import { messagePack } from '../codec/msgpack/index.js'
import { isTielineError } from '../errors.js'
import { defaultLimits, limitsWith } from '../limits.js'
import { same } from '../testing/same.js'
import { evenCuts, feed, type RoomUse } from '../testing/splits.js'
import { encodedBy, wireSuite } from '../testing/wire-suite.js'
import { selfDelimiting } from './self-delimiting.js'

const values: unknown[] = [
  null,
  1,
  -1,
  300,
  70_000,
  -5e9,
  1.5,
  2n ** 63n,
  '',
  'ünï→𝄞 漢字',
  'a text that is longer than what short texts are written by: línea',
  [],
  {},
  [0, 1, 'register_player', ['self']],
  [1, 1, null, { id: 7, name: 'Ada', of: [1, [2, [3]]], raw: Uint8Array.of(1, 2, 3) }],
  new Uint8Array(300).fill(7),
]

const large: unknown[] = [
  new Uint8Array(300_000).fill(0x5a),
  'ü'.repeat(60_000),
  Array.from({ length: 20_000 }, (_, i) => [i, `item ${i}`, { even: i % 2 === 0 }]),
  { before: 'x'.repeat(20_000), body: new Uint8Array(50_000), list: Array(30_000).fill(1) },
]

wireSuite('selfDelimiting(messagePack())', () => selfDelimiting(messagePack()), values, { large })

describe('gathering a value that comes in pieces', () => {
  // Every byte that the decoder copies goes through `set`.
  let copied = 0
  const set = Uint8Array.prototype.set
  beforeEach(() => {
    Uint8Array.prototype.set = function (this: Uint8Array, from, at) {
      copied += from.length
      set.call(this, from, at)
    }
  })
  afterEach(() => {
    Uint8Array.prototype.set = set
  })

  /**
   * Reads the one value, cut after each `pieceBytes` but at `most` so many times, its memory
   * overwritten behind it. Returns what the decoder did.
   */
  function gather(
    value: unknown,
    pieceBytes: number,
    use: RoomUse,
    most = Number.POSITIVE_INFINITY,
  ): { copied: number; scans: number; length: number } {
    let scans = 0
    const codec = messagePack()
    const counting: SelfDelimitingCodec<unknown> = {
      ...codec,
      scanner(limits) {
        const scanner = codec.scanner(limits)
        return {
          scan(bytes, start, end) {
            scans++
            return scanner.scan(bytes, start, end)
          },
          get atLeast() {
            return scanner.atLeast
          },
          reset: () => scanner.reset(),
        }
      },
    }
    const stream = encodedBy(selfDelimiting(counting), [value])[0] as Uint8Array
    // A million elements are more than one value usually may have.
    const decoder = selfDelimiting(counting).decoder(limitsWith({ elements: 1_000_000 }))
    const seen: unknown[] = []
    // What the test's own channel copies into its buffers does not count.
    let own = 0
    const push = (chunk: Uint8Array) => {
      own += chunk.length
      decoder.push(chunk, (read) => seen.push(read))
    }
    const cuts = evenCuts(stream.length, pieceBytes).slice(0, most)
    copied = 0
    feed({ push, room: () => decoder.room?.() }, stream, cuts, use)
    const total = copied - own
    expect(same(seen, [value])).toBe(true)
    return { copied: total, scans, length: stream.length }
  }

  it('is linear for a million small integers that come byte by byte', () => {
    const { copied: bytes, scans, length } = gather(Array(1_000_000).fill(5), 1, 'never')
    expect(length).toBeGreaterThan(1_000_000)
    expect(bytes).toBeLessThan(3 * length)
    expect(scans).toBeLessThan(length + 10)
  })

  it('is linear for many small values inside one, in chunks', () => {
    const value = Array.from({ length: 100_000 }, (_, i) => ({ i, text: `number ${i}` }))
    const { copied: bytes, scans, length } = gather(value, 64 * 1024, 'never')
    expect(bytes).toBeLessThan(3 * length)
    expect(scans).toBeLessThan((4 * length) / (64 * 1024))
  })

  it('copies a 16 MiB binary value once, or not at all when it is read where it stays', () => {
    const value = new Uint8Array(16 * 1024 * 1024 - 5).fill(3)
    const once = gather(value, 64 * 1024, 'never')
    expect(once.copied).toBe(once.length)
    const never = gather(value, 64 * 1024, 'always')
    expect(never.copied).toBe(64 * 1024)
  })

  it('looks at a call that was cut anywhere no more than twice', () => {
    const call = [
      0,
      12,
      'update_player_state',
      [1, { status: 1, texts: { title: 'A', artist: null } }],
    ]
    for (let first = 1; first < 40; first++) expect(gather(call, first, 'never', 1).scans).toBe(2)
  })

  it('takes small steps into a chunk, and reads what is behind the value in place', () => {
    const small = encodedBy<unknown>(selfDelimiting(messagePack()), [
      ['a', 'b', 'c'],
    ])[0] as Uint8Array
    const decoder = selfDelimiting(messagePack()).decoder(defaultLimits)
    const stream = new Uint8Array(small.length * 5000)
    for (let at = 0; at < stream.length; at += small.length) stream.set(small, at)
    const seen: unknown[] = []
    copied = 0
    decoder.push(stream.subarray(0, 3), (value) => seen.push(value))
    decoder.push(stream.subarray(3), (value) => seen.push(value))
    expect(seen.length).toBe(5000)
    expect(copied).toBeLessThan(300)
  })
})

describe('the memory of a long value', () => {
  const bin32 = (length: number) =>
    Uint8Array.of(0xc6, length >>> 24, length >>> 16, length >>> 8, length)

  it('is offered for reading while a large part is known to be missing', () => {
    const decoder = selfDelimiting(messagePack()).decoder(defaultLimits)
    expect(decoder.room?.()).toBeUndefined()
    decoder.push(bin32(100_000), () => {})
    expect(decoder.room?.()?.length).toBe(100_000)
    decoder.push(new Uint8Array(80_000), () => {})
    expect(decoder.room?.()?.length).toBe(20_000)
    decoder.push(new Uint8Array(10_000), () => {})
    expect(decoder.room?.()).toBeUndefined()
    decoder.push(new Uint8Array(10_000), () => {})
    expect(decoder.pending).toBe(0)
    expect(decoder.room?.()).toBeUndefined()
  })

  it('belongs to the value afterwards', () => {
    const decoder = selfDelimiting(messagePack()).decoder(defaultLimits)
    decoder.push(bin32(100_000), () => {})
    const room = decoder.room?.() as Uint8Array
    room.fill(7)
    let value: unknown
    decoder.push(room, (read) => {
      value = read
    })
    expect((value as Uint8Array).buffer).toBe(room.buffer)
    decoder.push(bin32(100_000), () => {})
    expect(decoder.room?.()?.buffer).not.toBe(room.buffer)
  })

  it('is bounded also for a codec that checks no sizes itself', () => {
    const codec = messagePack()
    const careless = limitsWith({ frameBytes: Number.MAX_SAFE_INTEGER })
    const wire = selfDelimiting<unknown>({
      ...codec,
      decodePrefix: (bytes, start, limit, lent, _limits, end) =>
        codec.decodePrefix(bytes, start, limit, lent, careless, end),
      scanner: () => codec.scanner(careless),
    })
    const decoder = () => wire.decoder(limitsWith({ frameBytes: 1000 }))
    const refusal = 'frameBytes is 1000'
    expect(() => decoder().push(bin32(996), () => {})).toThrow(refusal)
    expect(() => decoder().push(Uint8Array.of(0xa5, ...new Uint8Array(5)), () => {})).not.toThrow()
    const list = decoder()
    list.push(Uint8Array.of(0x92, ...bin32(800)), () => {})
    list.push(new Uint8Array(800), () => {})
    expect(() => list.push(bin32(800), () => {})).toThrow(refusal)
    const whole = Uint8Array.of(...bin32(1100), ...new Uint8Array(1100))
    expect(() => decoder().push(whole, () => {})).toThrow(refusal)
  })

  it('is not taken for a length past the limit', () => {
    const headers = [bin32(0x7fffffff), bin32(0xffffffff), bin32(16 * 1024 * 1024)]
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 300; i++) {
      const decoder = selfDelimiting(messagePack()).decoder(defaultLimits)
      let thrown: unknown
      try {
        decoder.push(headers[i % 3] as Uint8Array, () => {})
      } catch (error) {
        thrown = error
      }
      expect(isTielineError(thrown, 'too-large')).toBe(true)
      expect(decoder.room?.()).toBeUndefined()
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  })
})
