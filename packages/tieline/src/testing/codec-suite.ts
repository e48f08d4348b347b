// What every codec must pass: round trips, truncation, lent memory, the borders of slabs, refusals
// that leave no trace, and garbage. Imports vitest and fast-check.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BY_REFERENCE_BYTES, ByteSink, joined } from '../bytes.js'
import { type Codec, INCOMPLETE, type SelfDelimitingCodec } from '../codec/codec.js'
import { isTielineError } from '../errors.js'
import { defaultLimits, type Limits, limitsWith } from '../limits.js'
import { same, sameBytes } from './same.js'

export interface HostileBytes {
  readonly bytes: Uint8Array
  readonly code: 'malformed' | 'too-large'
  readonly limits?: Partial<Limits>
  /** For self-delimiting codecs: the bytes are only a beginning, and are not refused as a prefix. */
  readonly unfinished?: true
}

/** What `codecSuite` needs to know of a codec. */
export interface CodecSuiteOptions<W> {
  /** What the codec carries. */
  readonly values: fc.Arbitrary<W>
  /** What a value is after its round trip. The same, when left out. */
  readonly expected?: (value: W) => unknown
  /** Values of which no beginning is a value too. `values` when left out; undefined: there are none. */
  readonly whole?: fc.Arbitrary<W> | undefined
  /** A value that takes at least so many bytes. */
  readonly sized: (bytes: number) => W
  /** What `encode` refuses with `invalid-argument`. Include some that fail when much is written. */
  readonly refused: Readonly<Record<string, () => unknown>>
  /** What `decode` refuses. */
  readonly hostile: Readonly<Record<string, HostileBytes>>
  /** A value nested so deep; left out for codecs without nesting. */
  readonly nested?: (depth: number) => W
  /** Objects with a key `__proto__`, alone or among others, somewhere in the value. */
  readonly protoKeys?: Readonly<Record<string, Uint8Array>>
}

/** The value as the codec writes it. */
export function encodedWith<W>(codec: Codec<W>, value: W): Uint8Array {
  const out = new ByteSink()
  codec.encode(value, out)
  return joined(out.take() ?? []).slice()
}

/** The error that `run` throws; fails when it throws none of that code. */
export function refusal(code: string, run: () => unknown): Error {
  let result: unknown
  try {
    result = run()
  } catch (error) {
    if (isTielineError(error, code)) return error
    expect.fail(`expected ${code}, got ${String(error)}`)
  }
  expect.fail(`expected ${code}, got the value ${String(result)}`)
}

/**
 * Declares the tests that a codec must pass: round trips, limits, hostile bytes, what it refuses.
 */
export function codecSuite<W>(
  name: string,
  makeCodec: () => Codec<W>,
  options: CodecSuiteOptions<W>,
): void {
  const { values, sized, hostile, refused, nested, protoKeys = {} } = options
  const expected = options.expected ?? ((value: W) => value)
  const whole = 'whole' in options ? options.whole : values
  const codec = makeCodec()

  function decodeAll(bytes: Uint8Array, lent = false, limits: Limits = defaultLimits): W {
    return codec.decode(bytes, 0, bytes.length, lent, limits)
  }

  function expectSame(actual: unknown, value: W): void {
    if (!same(actual, expected(value))) expect(actual).toStrictEqual(expected(value))
  }

  describe(`${name}, as a codec`, () => {
    it('gives back what it wrote', () => {
      fc.assert(
        fc.property(values, (value) => expectSame(decodeAll(encodedWith(codec, value)), value)),
        { numRuns: 1000 },
      )
    })

    it('writes the same bytes for the same value every time', () => {
      fc.assert(
        fc.property(values, (value) => {
          expect(encodedWith(makeCodec(), value)).toEqual(encodedWith(codec, value))
        }),
      )
    })

    it('reads a value that lies in the middle of other bytes', () => {
      fc.assert(
        fc.property(values, fc.nat(20), fc.nat(20), (value, before, behind) => {
          const bytes = encodedWith(codec, value)
          const around = new Uint8Array(before + bytes.length + behind).fill(0xc1)
          around.set(bytes, before)
          const end = before + bytes.length
          expectSame(codec.decode(around, before, end, false, defaultLimits), value)
        }),
      )
    })

    it('keeps nothing of lent memory in a value', () => {
      const check = (value: W) => {
        // A Buffer too, which is what Node's channels give: its slices are views.
        for (const bytes of [encodedWith(codec, value), Buffer.from(encodedWith(codec, value))]) {
          const decoded = decodeAll(bytes, true)
          bytes.fill(0xc1)
          expectSame(decoded, value)
          expectSame(decodeAll(encodedWith(codec, value)), value)
        }
      }
      fc.assert(fc.property(values, check))
      for (const size of [100, 70_000, 1_000_000]) check(sized(size))
    })

    if (whole) {
      it('refuses a value that is cut at any byte', () => {
        fc.assert(
          fc.property(whole, (value) => {
            const bytes = encodedWith(codec, value)
            for (const length of cuts(bytes.length)) {
              refusal('malformed', () => codec.decode(bytes, 0, length, true, defaultLimits))
            }
          }),
        )
      })

      it('refuses a value with another one behind it', () => {
        fc.assert(
          fc.property(whole, (value) => {
            const bytes = encodedWith(codec, value)
            refusal('malformed', () => decodeAll(joined([bytes, bytes])))
          }),
        )
      })
    }

    it('writes over the border of a slab at any place', () => {
      const examples = fc.sample(values, { numRuns: 30, seed: 1 })
      const slab = new ByteSink()
      slab.room(1)
      const slabBytes = slab.bytes.length
      for (const value of examples) {
        const clean = encodedWith(codec, value)
        for (let left = 0; left <= Math.min(clean.length + 20, 200); left++) {
          const out = sinkWith(slabBytes - left)
          codec.encode(value, out)
          const written = joined(out.take() ?? [])
          if (!sameBytes(clean, written, slabBytes - left)) {
            expect(written.subarray(slabBytes - left), `${left} bytes left`).toEqual(clean)
          }
        }
      }
    })

    it('writes values larger than a slab, and as many small ones as fill several', () => {
      // Three million bytes of small values are more of them than one value usually may have.
      const roomy = limitsWith({ elements: 1_000_000 })
      for (const size of [BY_REFERENCE_BYTES - 1, BY_REFERENCE_BYTES, 65_536, 300_000, 3_000_000]) {
        const value = sized(size)
        const out = sinkWith(10)
        codec.encode(value, out)
        codec.encode(value, out)
        const length = (out.length - 10) / 2
        const written = joined(out.take() ?? [])
        expect(length).toBeGreaterThanOrEqual(size)
        const second = codec.decode(written, 10 + length, written.length, false, roomy)
        if (!same(second, expected(value))) expect.fail(`a value of ${length} bytes differs`)
      }
      const small = fc.sample(values, { numRuns: 100, seed: 2 })
      const out = new ByteSink()
      const lengths: number[] = []
      for (let total = 0; total < 300_000; total = out.length) {
        codec.encode(small[lengths.length % small.length] as W, out)
        lengths.push(out.length - total)
        if (lengths.length > 100_000) break // Values of no bytes at all.
      }
      const written = joined(out.take() ?? [])
      let at = 0
      lengths.forEach((length, i) => {
        const value = codec.decode(written, at, at + length, false, defaultLimits)
        expectSame(value, small[i % small.length] as W)
        at += length
      })
    })

    describe('refuses to write', () => {
      for (const [what, make] of Object.entries(refused)) {
        it(`${what}, and leaves no trace in the sink`, () => {
          const before = sized(50)
          const clean = encodedWith(codec, before)
          const out = new ByteSink()
          codec.encode(before, out)
          out.mark()
          const error = refusal('invalid-argument', () => codec.encode(make() as W, out))
          expect(error.message).not.toContain('\n')
          out.rollback()
          expect(out.length).toBe(clean.length)
          codec.encode(before, out)
          expect(joined(out.take() ?? [])).toEqual(joined([clean, clean]))
        })
      }
    })

    describe('refuses to read', () => {
      for (const [what, { bytes, code, limits }] of Object.entries(hostile)) {
        it(what, () => {
          refusal(code, () => decodeAll(bytes, true, limitsWith(limits)))
          expectSame(decodeAll(encodedWith(codec, sized(50))), sized(50))
        })
      }

      it('more bytes than one frame may have', () => {
        const bytes = encodedWith(codec, sized(1000))
        expectSame(decodeAll(bytes, true, limitsWith({ frameBytes: bytes.length })), sized(1000))
        const limits = limitsWith({ frameBytes: bytes.length - 1 })
        refusal('too-large', () => decodeAll(bytes, true, limits))
      })
    })

    it('answers garbage with a value or with a protocol error, never with another', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
          try {
            decodeAll(bytes, true)
          } catch (error) {
            if (!isTielineError(error, 'malformed') && !isTielineError(error, 'too-large'))
              throw error
          }
        }),
        { numRuns: 5000 },
      )
    })

    if (nested) {
      it('writes and reads what is nested to the limit, and refuses one level more both ways', () => {
        const deepest = nested(defaultLimits.depth)
        const bytes = encodedWith(codec, deepest)
        expectSame(decodeAll(bytes), deepest)
        refusal('too-large', () =>
          decodeAll(bytes, true, limitsWith({ depth: defaultLimits.depth - 1 })),
        )
        refusal('invalid-argument', () => encodedWith(codec, nested(defaultLimits.depth + 1)))
      })
    }

    for (const [where, bytes] of Object.entries(protoKeys)) {
      it(`drops the key __proto__ (${where})`, () => {
        const value = decodeAll(bytes)
        expectNoProto(value)
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      })
    }

    if ('scanner' in codec) describeSelfDelimiting(codec as SelfDelimitingCodec<W>)
  })

  function describeSelfDelimiting(codec: SelfDelimitingCodec<W>): void {
    it('reads values that stand one behind the other, and says where each ends', () => {
      fc.assert(
        fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (several) => {
          const bytes = joined(several.map((value) => encodedWith(codec, value)))
          const end = { at: 0 }
          for (const value of several) {
            const start = end.at
            expectSame(
              codec.decodePrefix(bytes, start, bytes.length, false, defaultLimits, end),
              value,
            )
            expect(end.at - start).toBe(encodedWith(codec, value).length)
          }
          expect(end.at).toBe(bytes.length)
        }),
      )
    })

    it('takes a value that is cut at any byte for incomplete', () => {
      fc.assert(
        fc.property(values, (value) => {
          const bytes = encodedWith(codec, value)
          const end = { at: -1 }
          for (const length of cuts(bytes.length)) {
            const read = codec.decodePrefix(bytes, 0, length, true, defaultLimits, end)
            if (read !== INCOMPLETE) expect.fail(`read something when cut at ${length}`)
          }
        }),
      )
    })

    it('finds the end of a value while its bytes come, in any pieces', () => {
      const scanner = codec.scanner(defaultLimits)
      fc.assert(
        fc.property(values, fc.integer({ min: 1, max: 20 }), fc.nat(10), (value, step, start) => {
          const clean = encodedWith(codec, value)
          const bytes = joined([new Uint8Array(start), clean, Uint8Array.of(0xc1)])
          scanner.reset()
          for (let end = start; ; end = Math.min(end + step, bytes.length)) {
            const length = scanner.scan(bytes, start, end)
            if (length > 0) {
              expect(length).toBe(clean.length)
              return
            }
            const { atLeast } = scanner
            if (end - start >= clean.length || atLeast <= end - start || atLeast > clean.length) {
              expect.fail(`at least ${atLeast} of ${clean.length} after ${end - start} bytes`)
            }
          }
        }),
        { numRuns: 1000 },
      )
    })

    it('refuses the same hostile bytes as a prefix, and while it looks for the end', () => {
      for (const [what, { bytes, code, limits, unfinished }] of Object.entries(hostile)) {
        const bounds = limitsWith(limits)
        const prefix = () => codec.decodePrefix(bytes, 0, bytes.length, true, bounds, { at: 0 })
        const scan = () => codec.scanner(bounds).scan(bytes, 0, bytes.length)
        if (unfinished) {
          expect(prefix(), what).toBe(INCOMPLETE)
          expect(scan(), what).toBe(0)
        } else {
          refusal(code, prefix)
          refusal(code, scan)
        }
      }
    })

    it('agrees with itself about garbage, but that the scanner may refuse what is incomplete', () => {
      const verdict = (run: () => unknown) => {
        try {
          return run()
        } catch (error) {
          if (isTielineError(error)) return error.code
          throw error
        }
      }
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
          const end = { at: 0 }
          const prefix = verdict(() => {
            const value = codec.decodePrefix(bytes, 0, bytes.length, true, defaultLimits, end)
            return value === INCOMPLETE ? 0 : end.at
          })
          const scanned = verdict(() => codec.scanner(defaultLimits).scan(bytes, 0, bytes.length))
          if (prefix !== 0) expect(scanned).toBe(prefix)
          else expect(typeof scanned === 'string' || scanned === 0).toBe(true)
        }),
        { numRuns: 5000 },
      )
    })
  }
}

/** Every place to cut so many bytes; of a long value, those near its two ends. */
function cuts(length: number): number[] {
  const all = Array.from({ length }, (_, i) => i)
  return length <= 400 ? all : [...all.slice(0, 200), ...all.slice(-200)]
}

/** A sink in which so many bytes are written already. */
function sinkWith(count: number): ByteSink {
  const out = new ByteSink()
  out.room(count)
  out.position += count
  return out
}

function expectNoProto(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  expect(Object.hasOwn(value, '__proto__')).toBe(false)
  const prototype: unknown = Object.getPrototypeOf(value)
  const usual: unknown[] = [Object.prototype, Array.prototype, Map.prototype, null]
  expect(usual.includes(prototype)).toBe(true)
  if (value instanceof Map) expect(value.has('__proto__')).toBe(false)
  const items = value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value)
  for (const item of items) expectNoProto(item)
}
