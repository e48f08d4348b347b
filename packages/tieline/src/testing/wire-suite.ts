// What every wire must pass: the same values however the stream is cut, whatever memory they came in,
// limits both ways, and garbage. Imports vitest and fast-check.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { isTielineError } from '../errors.js'
import { defaultLimits, type Limits, limitsWith } from '../limits.js'
import type { Wire } from '../wire/wire.js'
import { same, sameBytes } from './same.js'
import { evenCuts, feed, type RoomUse, randomCuts, randomFrom } from './splits.js'

/** What `wireSuite` needs to know of a wire. */
export interface WireSuiteOptions<W> {
  /** Values of 100 KB to 1 MB: they get memory of their own, and chunks are read into it. */
  large?: readonly W[]
  /** Bytes of a frame besides its body, when there may be more than 10. */
  around?: number
}

const ROOM_USES: readonly RoomUse[] = ['never', 'always', 'sometimes']

/** The values as the wire writes them, each by itself. */
export function encodedBy<W>(
  wire: Wire<W>,
  values: readonly W[],
  limits: Limits = defaultLimits,
): Uint8Array[] {
  const out = new ByteSink()
  return values.map((value) => {
    wire.encode(value, out, limits)
    return joined(out.take() ?? [])
  })
}

/**
 * Runs the suite. `values` are small and cover what the codec can carry, text of several bytes a
 * character included; each must come back the same (numbers by Object.is, objects by their own keys).
 */
export function wireSuite<W>(
  name: string,
  makeWire: () => Wire<W>,
  values: readonly W[],
  options: WireSuiteOptions<W> = {},
): void {
  const large = options.large ?? []
  /** Frames shorter than this may have a body of 9 bytes, the limit that is tried. */
  const certainlyLonger = 10 + (options.around ?? 10)

  /** Feeds the pieces and fails unless exactly the expected values come, in order, with their sizes. */
  function expectValues(
    expected: readonly W[],
    stream: Uint8Array,
    cuts: readonly number[],
    use: RoomUse = 'always',
    random?: () => number,
  ): void {
    const decoder = makeWire().decoder(defaultLimits)
    const seen: W[] = []
    let size = 0
    const emit = (value: W, bytes: number) => {
      seen.push(value)
      size += bytes
    }
    feed(
      { push: (chunk) => decoder.push(chunk, emit), room: () => decoder.room?.() },
      stream,
      cuts,
      use,
      random,
    )
    decoder.end()
    // Compared only now: all memory that was lent has been overwritten.
    if (!same(seen, expected)) {
      // The difference of large values takes minutes to print.
      if (stream.length < 10_000) expect(seen, `cut at ${cuts.join()}`).toEqual(expected)
      expect.fail(`values differ, cut at ${cuts.join()}`)
    }
    if (size !== stream.length)
      expect.fail(`${size} bytes told of ${stream.length}, cut at ${cuts.join()}`)
    if (decoder.pending !== 0)
      expect.fail(`${decoder.pending} bytes pending, cut at ${cuts.join()}`)
  }

  /** The error that the bytes bring when they come in pieces of `size`. */
  function errorOf(bytes: Uint8Array, size: number, limits: Limits = defaultLimits): unknown {
    const decoder = makeWire().decoder(limits)
    try {
      feed(
        { push: (chunk) => decoder.push(chunk, () => {}), room: () => decoder.room?.() },
        bytes,
        evenCuts(bytes.length, size),
      )
      decoder.end()
    } catch (error) {
      return error
    }
    return undefined
  }

  function expectCode(error: unknown, ...codes: string[]): void {
    const known = codes.some((code) => isTielineError(error, code))
    expect(known, `expected ${codes.join(' or ')}, got ${String(error)}`).toBe(true)
  }

  /** Streams are cut anywhere; messages come as they were sent. */
  const inBytes = makeWire().unit === 'bytes'

  describe(`${name}, as a wire`, () => {
    it('gives back each value, and how many bytes it took', () => {
      for (const value of [...values, ...large]) {
        const [bytes] = encodedBy(makeWire(), [value]) as [Uint8Array]
        for (const use of ROOM_USES) expectValues([value], bytes, [], use)
      }
    })

    it('writes into a sink that already holds something, and over the border of a slab', () => {
      const wire = makeWire()
      const out = new ByteSink()
      const expected: W[] = []
      // 64 KiB a slab: the values are shifted against it by one byte each time.
      while (out.length < 300_000) {
        const value = values[expected.length % values.length] as W
        wire.encode(value, out, defaultLimits)
        expected.push(value)
      }
      const stream = joined(out.take() ?? [])
      if (inBytes) {
        expectValues(expected, stream, evenCuts(stream.length, 64 * 1024))
        return
      }
      expect(sameBytes(stream, joined(encodedBy(wire, expected)))).toBe(true)
    })

    it('refuses to send what is past the limit, and names it', () => {
      const wire = makeWire()
      for (const value of [...values, ...large]) {
        const [bytes] = encodedBy(wire, [value]) as [Uint8Array]
        if (bytes.length < certainlyLonger) continue
        const [again] = encodedBy(wire, [value], limitsWith({ frameBytes: bytes.length }))
        expect(again && sameBytes(again, bytes)).toBe(true)
        let thrown: unknown
        try {
          encodedBy(wire, [value], limitsWith({ frameBytes: 9 }))
        } catch (error) {
          thrown = error
        }
        expectCode(thrown, 'too-large')
        expect(String(thrown)).toContain('frameBytes is 9')
      }
    })

    it('refuses to read what is past the limit, in whatever pieces it comes', () => {
      for (const value of [...values, ...large]) {
        const [bytes] = encodedBy(makeWire(), [value]) as [Uint8Array]
        if (bytes.length < certainlyLonger) continue
        for (const size of inBytes ? [1, 9, 10, 11, bytes.length] : [bytes.length]) {
          expectCode(errorOf(bytes, size, limitsWith({ frameBytes: 9 })), 'too-large')
        }
      }
    })

    it('answers garbage with values or with an error of the protocol, never with another', () => {
      const check = (bytes: Uint8Array, size: number) => {
        const error = errorOf(bytes, size, limitsWith({ frameBytes: 10_000 }))
        if (error !== undefined) expectCode(error, 'malformed', 'too-large')
      }
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 300 }),
          fc.integer({ min: 1, max: 300 }),
          (bytes, size) => check(bytes, inBytes ? size : bytes.length || 1),
        ),
        { numRuns: 2000 },
      )
      // Nearly right: one byte of a good stream is changed.
      const good = encodedBy(makeWire(), values).filter((bytes) => bytes.length > 0)
      fc.assert(
        fc.property(
          fc.constantFrom(...good),
          fc.nat(),
          fc.nat(255),
          fc.integer({ min: 1, max: 300 }),
          (bytes, at, byte, size) => {
            const changed = bytes.slice()
            changed[at % bytes.length] = byte
            check(changed, inBytes ? size : bytes.length)
          },
        ),
        { numRuns: 2000 },
      )
    })

    if (inBytes) describeStreams()
    else describeMessages()
  })

  function describeStreams(): void {
    const stream = joined(encodedBy(makeWire(), values))

    it('reads the same values from one chunk, from single bytes, and from any two chunks', () => {
      expectValues(values, stream, [])
      expectValues(values, stream, evenCuts(stream.length, 1))
      for (let cut = 0; cut <= stream.length; cut++) expectValues(values, stream, [cut])
    })

    it('reads the same values from 100,000 random splits', () => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const random = randomFrom(seed)
          // A few values at a time, so that the cuts lie close.
          const parts = Array.from({ length: 10 }, () => {
            const some = Array.from(
              { length: 3 },
              () => values[Math.floor(random() * values.length)] as W,
            )
            return { some, bytes: joined(encodedBy(makeWire(), some)) }
          })
          for (let i = 0; i < 1000; i++) {
            const { some, bytes } = parts[i % parts.length] as (typeof parts)[number]
            expectValues(some, bytes, randomCuts(bytes.length, 6, random))
          }
        }),
        { numRuns: 100, endOnFailure: true },
      )
    })

    if (large.length > 0) {
      it('reads large values in any pieces, whatever the channel does with the room offered', () => {
        const all = large.flatMap((value, i) => [values[i % values.length] as W, value])
        const bytes = joined(encodedBy(makeWire(), all))
        const random = randomFrom(1)
        for (const use of ROOM_USES) {
          for (const size of [256 * 1024, 64 * 1024, 1500]) {
            expectValues(all, bytes, evenCuts(bytes.length, size), use, random)
          }
          for (let i = 0; i < 5; i++) {
            expectValues(all, bytes, randomCuts(bytes.length, 20, random), use, random)
          }
        }
      })
    }

    it('says how much it holds, and refuses the end of the channel exactly inside a value', () => {
      for (const value of values) {
        const [bytes] = encodedBy(makeWire(), [value]) as [Uint8Array]
        for (let length = 0; length <= bytes.length; length++) {
          const decoder = makeWire().decoder(defaultLimits)
          decoder.push(bytes.subarray(0, length), () => {})
          const inside = length > 0 && length < bytes.length
          expect(decoder.pending).toBe(inside ? length : 0)
          if (inside) expectCode(errorOf(bytes.subarray(0, length), length), 'malformed')
          else decoder.end()
        }
      }
    })
  }

  function describeMessages(): void {
    it('reads each message by itself, and holds nothing between them', () => {
      const messages = encodedBy(makeWire(), values)
      const decoder = makeWire().decoder(defaultLimits)
      const seen: W[] = []
      for (const message of messages) {
        const sizes: number[] = []
        const push = (chunk: Uint8Array) =>
          decoder.push(chunk, (value, bytes) => {
            seen.push(value)
            sizes.push(bytes)
          })
        feed({ push }, message, [])
        expect(sizes).toEqual([message.length])
        expect(decoder.pending).toBe(0)
      }
      decoder.end()
      if (!same(seen, values)) expect(seen).toEqual(values)
      expect(same(seen, values)).toBe(true)
    })

    it('refuses an empty message', () => {
      expectCode(errorOf(new Uint8Array(0), 1), 'malformed')
    })

    it('refuses a message that was cut', () => {
      for (const value of values) {
        const [bytes] = encodedBy(makeWire(), [value]) as [Uint8Array]
        const decoder = makeWire().decoder(defaultLimits)
        const seen: W[] = []
        try {
          decoder.push(bytes.subarray(0, bytes.length - 1), (read) => seen.push(read))
        } catch (error) {
          expectCode(error, 'malformed', 'too-large')
          continue
        }
        // Some values are shorter values when cut, as digits are; the same they cannot be.
        expect(same(seen, [value])).toBe(false)
      }
    })
  }
}
