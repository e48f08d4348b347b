// The length prefix: the shared suite in each form, the bytes themselves, and what it costs to refuse.
import { describe, expect, it } from 'vitest'
import { isTielineError } from '../errors.js'
import { defaultLimits } from '../limits.js'
import { framerSuite, framesOf } from '../testing/framer-suite.js'
import { type LengthPrefixOptions, lengthPrefix } from './length-prefix.js'

const text = new TextEncoder()
const bytes = (...values: number[]) => Uint8Array.from(values)
const u32 = (value: number) => bytes(value >>> 24, value >>> 16, value >>> 8, value)
const u32le = (value: number) => u32(value).reverse()

framerSuite('lengthPrefix()', () => lengthPrefix(), {
  emptyBody: 'refuse',
  emptyFrame: u32(0),
  pastLimit: (limit) => [
    u32(limit + 1),
    u32(0x7fffffff),
    u32(0xffffffff),
    text.encode('HTTP'),
    text.encode('404 '),
  ],
})

framerSuite(
  'lengthPrefix, little endian, empty bodies taken',
  () => lengthPrefix({ endian: 'little', emptyBody: 'take' }),
  {
    emptyBody: 'take',
    emptyFrame: u32(0),
    pastLimit: (limit) => [
      u32le(limit + 1),
      u32le(0x7fffffff),
      u32le(0xffffffff),
      text.encode('HTTP'),
      text.encode('404 '),
    ],
  },
)

framerSuite('lengthPrefix, two bytes', () => lengthPrefix({ bytes: 2 }), {
  emptyBody: 'refuse',
  emptyFrame: bytes(0, 0),
  pastLimit: (limit) => [bytes((limit + 1) >> 8, limit + 1), bytes(0xff, 0xff), text.encode('HT')],
  longestBody: 0xffff,
})

framerSuite(
  'lengthPrefix, two bytes, little endian, empty bodies skipped',
  () => lengthPrefix({ bytes: 2, endian: 'little', emptyBody: 'skip' }),
  {
    emptyBody: 'skip',
    emptyFrame: bytes(0, 0),
    pastLimit: (limit) => [bytes(limit + 1, (limit + 1) >> 8), bytes(0xff, 0xff)],
    longestBody: 0xffff,
  },
)

framerSuite('lengthPrefix, one byte', () => lengthPrefix({ bytes: 1 }), {
  emptyBody: 'refuse',
  emptyFrame: bytes(0),
  // A byte cannot tell a length past the larger of the suite's two limits.
  pastLimit: (limit) => (limit < 255 ? [bytes(limit + 1), bytes(255)] : []),
  longestBody: 255,
})

framerSuite(
  'lengthPrefix, a type byte not counted',
  () => lengthPrefix({ bytes: 1, excludes: 1, emptyBody: 'take' }),
  {
    emptyBody: 'impossible',
    pastLimit: (limit) => (limit < 255 ? [bytes(limit), bytes(255)] : []),
    longestBody: 256,
  },
)

framerSuite('lengthPrefix, the length counts itself', () => lengthPrefix({ excludes: -4 }), {
  emptyBody: 'refuse',
  emptyFrame: u32(4),
  pastLimit: (limit) => [u32(limit + 5), u32(0xffffffff)],
  malformed: [u32(0), u32(3)],
})

describe('the bytes of a length prefix', () => {
  const body = text.encode('abc')
  const cases: [LengthPrefixOptions, number[]][] = [
    [{}, [0, 0, 0, 3]],
    [{ endian: 'little' }, [3, 0, 0, 0]],
    [{ bytes: 2 }, [0, 3]],
    [{ bytes: 2, endian: 'little' }, [3, 0]],
    [{ bytes: 1 }, [3]],
    [{ bytes: 1, endian: 'little' }, [3]],
    [{ excludes: 1 }, [0, 0, 0, 2]],
    [{ excludes: -4 }, [0, 0, 0, 7]],
  ]
  it.each(cases)('%j begins with %j', (options, header) => {
    expect([...framesOf(lengthPrefix(options), [body])]).toEqual([...header, ...body])
  })

  it('fills all four bytes', () => {
    const head = new Uint8Array(6)
    lengthPrefix().finish(undefined as never, head, 1, 0x81828384)
    lengthPrefix({ endian: 'little' }).finish(undefined as never, head, 2, 0x81828384)
    expect([...head]).toEqual([0, 0x81, 0x84, 0x83, 0x82, 0x81])
  })
})

describe('what a length prefix refuses', () => {
  it('a body shorter than what its length does not count', () => {
    expect(() => framesOf(lengthPrefix({ excludes: 2 }), [bytes(1)])).toThrow('shorter than the 2')
  })

  it('an excludes that is not a whole number', () => {
    expect(() => lengthPrefix({ excludes: 0.5 })).toThrow('whole number')
  })

  it('text in the place of a length, and says that it is text', () => {
    const read = (chunk: Uint8Array) => () =>
      lengthPrefix()
        .decoder(defaultLimits)
        .push(chunk, () => {})
    expect(read(text.encode('hello'))).toThrow(
      'a frame of 1751477356 bytes was announced; the limit frameBytes is 16777216; read as text it is "hell": another protocol, or does the other side print to this stream?',
    )
    expect(read(u32(0x7fffffff))).toThrow(/frameBytes is 16777216$/)
  })

  it('a length past the limit without allocating for it', () => {
    const decoders = Array.from({ length: 1000 }, () => lengthPrefix().decoder(defaultLimits))
    const before = process.memoryUsage().arrayBuffers
    for (const decoder of decoders) {
      let thrown: unknown
      try {
        decoder.push(u32(0x7fffffff), () => {})
      } catch (error) {
        thrown = error
      }
      expect(isTielineError(thrown, 'too-large')).toBe(true)
      expect(decoder.room()).toBeUndefined()
    }
    // One body of the limit would be 16 MiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  })
})

describe('the memory of a frame that was cut', () => {
  const frame = (size: number) => framesOf(lengthPrefix(), [new Uint8Array(size).fill(0x61)])

  it('offers the rest of a large frame while that is worth a read of its own', () => {
    const stream = frame(100_000)
    const decoder = lengthPrefix().decoder(defaultLimits)
    decoder.push(stream.subarray(0, 4), () => {})
    expect(decoder.room()?.length).toBe(100_000)
    decoder.push(stream.subarray(4, 50_004), () => {})
    expect(decoder.room()?.length).toBe(50_000)
    decoder.push(stream.subarray(50_004, 90_004), () => {})
    expect(decoder.room()).toBeUndefined()
  })

  it('offers none for a small frame', () => {
    const decoder = lengthPrefix().decoder(defaultLimits)
    decoder.push(frame(16 * 1024).subarray(0, 10), () => {})
    expect(decoder.room()).toBeUndefined()
  })

  it('copies what lies in that memory, but not where it belongs', () => {
    const decoder = lengthPrefix().decoder(defaultLimits)
    decoder.push(u32(20_000), () => {})
    const room = decoder.room()!
    room.set([1, 2, 3, 4, 5, 6])
    decoder.push(room.subarray(2, 6), () => {})
    const seen: number[] = []
    decoder.push(new Uint8Array(19_996), (body) => seen.push(...body.subarray(0, 5)))
    expect(seen).toEqual([3, 4, 5, 6, 0])
  })

  it('does not copy what was read where it stays', () => {
    const decoder = lengthPrefix().decoder(defaultLimits)
    decoder.push(u32(100_000), () => {})
    const room = decoder.room() as Uint8Array
    room.fill(7)
    let frameTaken: Uint8Array | undefined
    decoder.push(room, (body, start, end, lent) => {
      expect(lent).toBe(false)
      frameTaken = body.subarray(start, end)
    })
    expect(frameTaken?.buffer).toBe(room.buffer)
    expect(frameTaken?.length).toBe(100_000)
  })
})
