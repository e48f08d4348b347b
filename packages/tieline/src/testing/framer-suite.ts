// What every framer must pass: the same frames however the stream is cut, limits from the header alone,
// memory that is lent and memory that is given. Imports vitest and fast-check.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { isTielineError } from '../errors.js'
import type { EmptyBody } from '../framing/empty-body.js'
import type { Framer } from '../framing/framer.js'
import { defaultLimits, limitsWith } from '../limits.js'
import { sameBytes } from './same.js'
import { evenCuts, feed, type RoomUse, randomCuts, randomFrom } from './splits.js'

/** What `framerSuite` needs to know of a framer. */
export interface FramerSuiteOptions {
  /** What the framer does with a frame that has nothing in it; 'impossible' when there is no such frame. */
  emptyBody: EmptyBody | 'impossible'
  /** That frame as it is on the wire. */
  emptyFrame?: Uint8Array
  /** Beginnings of frames that are past the limit given, and say so. Refused before anything else comes. */
  pastLimit(frameBytes: number): readonly Uint8Array[]
  /** Beginnings of frames that cannot be. */
  malformed?: readonly Uint8Array[]
  /** The longest body that the header can tell, when that is less than the suite's own largest. */
  longestBody?: number
  /** The shortest body that the framer can carry. Default 1. */
  shortestBody?: number
}

const ROOM_USES: readonly RoomUse[] = ['never', 'always', 'sometimes']
/** Above what decoders keep for good, so that such a frame gets memory of its own. */
const LARGE = 100_000
const text = new TextEncoder()

/** The bodies as frames, one behind the other. */
export function framesOf(framer: Framer, bodies: readonly Uint8Array[]): Uint8Array {
  const out = new ByteSink()
  for (const body of bodies) {
    out.room(framer.headerBytes)
    const head = out.bytes
    const at = out.position
    out.position += framer.headerBytes
    out.append(body)
    framer.finish(out, head, at, body.length)
  }
  return joined(out.take() ?? [])
}

/** Runs the suite. `makeFramer` is called for each test. */
export function framerSuite(
  name: string,
  makeFramer: () => Framer,
  options: FramerSuiteOptions,
): void {
  const shortest = options.shortestBody ?? 1
  const longest = options.longestBody ?? Number.POSITIVE_INFINITY
  // Legal for every framer: no control characters, so neither delimiters nor returns.
  const bodies = ['{"a":1}', 'ünï→𝄞', 'x'.repeat(shortest), 'three', '~'.repeat(90), '漢字'].map(
    (body) => text.encode(body),
  )
  const anyBody = fc
    .array(fc.integer({ min: 0x20, max: 0xff }), {
      minLength: shortest,
      maxLength: Math.min(longest, 700),
    })
    .map((bytes) => Uint8Array.from(bytes))

  /** Feeds the stream and fails unless exactly the expected bodies come, in order. Returns what was given for good. */
  function expectBodies(
    expected: readonly Uint8Array[],
    stream: Uint8Array,
    cuts: readonly number[],
    use: RoomUse = 'always',
    random?: () => number,
  ): Uint8Array[] {
    const decoder = makeFramer().decoder(defaultLimits)
    const given: Uint8Array[] = []
    let count = 0
    const take = (bytes: Uint8Array, start: number, end: number, lent: boolean) => {
      const body = expected[count++]
      if (body === undefined || !sameBytes(body, bytes, start, end)) {
        expect.fail(`frame ${count} is ${bytes.subarray(start, end)}, cut at ${cuts.join()}`)
      }
      if (!lent) given.push(bytes.subarray(start, end))
    }
    const reader = {
      push: (chunk: Uint8Array) => decoder.push(chunk, take),
      room: () => decoder.room(),
    }
    feed(reader, stream, cuts, use, random)
    decoder.end()
    if (count !== expected.length)
      expect.fail(`${count} frames of ${expected.length}, cut at ${cuts.join()}`)
    if (decoder.pending !== 0)
      expect.fail(`${decoder.pending} bytes pending, cut at ${cuts.join()}`)
    return given
  }

  /** The error that the bytes bring when they come in pieces of `size`. */
  function errorOf(bytes: Uint8Array, size: number, limits = defaultLimits): unknown {
    const decoder = makeFramer().decoder(limits)
    try {
      feed({ push: (chunk) => decoder.push(chunk, () => {}) }, bytes, evenCuts(bytes.length, size))
      decoder.end()
    } catch (error) {
      return error
    }
    return undefined
  }

  function expectCode(error: unknown, code: string): void {
    expect(isTielineError(error, code), `expected ${code}, got ${String(error)}`).toBe(true)
  }

  describe(`${name}, as a framer`, () => {
    it('hands over a frame that lies whole in a chunk in place', () => {
      const stream = framesOf(makeFramer(), bodies)
      const seen: string[] = []
      makeFramer()
        .decoder(defaultLimits)
        .push(stream, (bytes, start, end, lent) => {
          expect(bytes).toBe(stream)
          expect(lent).toBe(true)
          seen.push(new TextDecoder().decode(bytes.subarray(start, end)))
        })
      expect(seen).toEqual(bodies.map((body) => new TextDecoder().decode(body)))
    })

    it('cuts the same frames from one chunk, from single bytes, and from any two chunks', () => {
      const stream = framesOf(makeFramer(), bodies)
      expectBodies(bodies, stream, [])
      expectBodies(bodies, stream, evenCuts(stream.length, 1))
      for (let cut = 0; cut <= stream.length; cut++) expectBodies(bodies, stream, [cut])
    })

    it('cuts the same frames from 100,000 random splits', () => {
      const stream = framesOf(makeFramer(), bodies)
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const random = randomFrom(seed)
          for (let i = 0; i < 1000; i++)
            expectBodies(bodies, stream, randomCuts(stream.length, 9, random))
        }),
        { numRuns: 100, endOnFailure: true },
      )
    })

    it('carries any bodies in any split, whatever the channel does with the room offered', () => {
      fc.assert(
        fc.property(
          fc.array(anyBody),
          fc.constantFrom(...ROOM_USES),
          fc.integer(),
          (some, use, seed) => {
            const random = randomFrom(seed)
            const stream = framesOf(makeFramer(), some)
            expectBodies(some, stream, randomCuts(stream.length, 30, random), use, random)
          },
        ),
        { numRuns: 300 },
      )
    })

    if (longest >= LARGE) {
      it('gives a large frame memory of its own, which nothing overwrites', () => {
        const large = [LARGE, LARGE + 1, 3 * LARGE].map((length, i) =>
          new Uint8Array(length).fill(0x61 + i),
        )
        const all = [bodies[0], large[0], large[1], bodies[1], large[2], bodies[2]] as Uint8Array[]
        const stream = framesOf(makeFramer(), all)
        const random = randomFrom(1)
        for (const use of ROOM_USES) {
          for (const size of [64 * 1024, 30_000, 999]) {
            const given = expectBodies(all, stream, evenCuts(stream.length, size), use, random)
            expect(given.length).toBe(3)
            for (const [i, body] of given.entries())
              expect(sameBytes(body, large[i] as Uint8Array)).toBe(true)
          }
        }
      })
    }

    it('passes a million tiny frames and holds nothing of them', () => {
      const one = framesOf(makeFramer(), [new Uint8Array(shortest).fill(0x61)])
      const thousand = new Uint8Array(one.length * 1000)
      for (let i = 0; i < 1000; i++) thousand.set(one, i * one.length)
      const decoder = makeFramer().decoder(defaultLimits)
      let count = 0
      for (let i = 0; i < 1000; i++) {
        decoder.push(thousand, () => {
          count++
        })
        if (decoder.pending !== 0) expect.fail(`${decoder.pending} bytes pending`)
      }
      expect(count).toBe(1_000_000)
    })

    it('says how much it holds, and refuses the end of the channel exactly inside a frame', () => {
      const stream = framesOf(makeFramer(), [bodies[0] as Uint8Array])
      for (let length = 0; length <= stream.length; length++) {
        const decoder = makeFramer().decoder(defaultLimits)
        decoder.push(stream.subarray(0, length), () => {})
        const inside = length > 0 && length < stream.length
        expect(decoder.pending).toBe(inside ? length : 0)
        if (inside) expectCode(errorOf(stream.subarray(0, length), length), 'malformed')
        else decoder.end()
      }
    })

    it('takes a body of exactly the limit and refuses one byte more', () => {
      const body = new Uint8Array(120).fill(0x61)
      const stream = framesOf(makeFramer(), [body])
      for (const size of [1, 7, stream.length]) {
        expect(errorOf(stream, size, limitsWith({ frameBytes: 120 }))).toBeUndefined()
        const error = errorOf(stream, size, limitsWith({ frameBytes: 119 }))
        expectCode(error, 'too-large')
        expect(String(error)).toContain('119')
      }
    })

    it('refuses a frame past the limit from its beginning alone', () => {
      for (const frameBytes of [100, 4096]) {
        for (const beginning of options.pastLimit(frameBytes)) {
          for (const size of [1, beginning.length]) {
            const error = errorOf(beginning, size, limitsWith({ frameBytes }))
            expectCode(error, 'too-large')
            expect(String(error)).toContain(`frameBytes is ${frameBytes}`)
          }
        }
      }
    })

    it('refuses a beginning that cannot be', () => {
      for (const beginning of options.malformed ?? []) {
        for (const size of [1, beginning.length]) expectCode(errorOf(beginning, size), 'malformed')
      }
    })

    it(`an empty frame: ${options.emptyBody}`, () => {
      const [first, second] = bodies as [Uint8Array, Uint8Array]
      const sent = () => framesOf(makeFramer(), [new Uint8Array(0)])
      if (options.emptyBody === 'take') expect(sent()).toEqual(options.emptyFrame)
      else expect(sent).toThrow(/bytes/)
      if (options.emptyBody === 'impossible') return

      const empty = options.emptyFrame as Uint8Array
      const stream = joined([
        framesOf(makeFramer(), [first]),
        empty,
        framesOf(makeFramer(), [second]),
      ])
      for (const size of [1, 2, 3, stream.length]) {
        if (options.emptyBody === 'refuse') {
          expectCode(errorOf(stream, size), 'malformed')
        } else {
          const nothing = options.emptyBody === 'take' ? [new Uint8Array(0)] : []
          expectBodies([first, ...nothing, second], stream, evenCuts(stream.length, size))
        }
      }
    })

    if (Number.isFinite(longest)) {
      it(`refuses to send a body of more than ${longest} bytes`, () => {
        const body = new Uint8Array(longest).fill(0x61)
        expectBodies([body], framesOf(makeFramer(), [body]), [])
        expect(() => framesOf(makeFramer(), [new Uint8Array(longest + 1)])).toThrow(`${longest}`)
      })
    }
  })
}
