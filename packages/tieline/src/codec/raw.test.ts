import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../limits.js'
import { codecSuite, encodedWith } from '../testing/codec-suite.js'
import { raw } from './raw.js'

codecSuite('raw', raw, {
  values: fc.uint8Array({ maxLength: 300 }),
  whole: undefined, // Each beginning of bytes is bytes.
  sized: (bytes) => new Uint8Array(bytes).fill(7),
  refused: {
    'a string': () => 'text',
    'an array of numbers': () => [1, 2, 3],
    null: () => null,
    undefined: () => undefined,
  },
  hostile: {},
})

describe('raw', () => {
  it('takes every kind of view and buffer, and gives back a plain Uint8Array', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4)
    const kinds = [bytes, Buffer.from(bytes), new DataView(bytes.buffer), bytes.buffer]
    for (const kind of [...kinds, new Uint16Array(bytes.buffer)]) {
      const written = encodedWith(raw(), kind as Uint8Array)
      expect(written).toEqual(bytes)
      const read = raw().decode(Buffer.from(written), 0, 4, true, defaultLimits)
      expect(read).toStrictEqual(bytes)
      expect(read.constructor).toBe(Uint8Array)
    }
  })

  it('gives a view of memory that is not lent', () => {
    const bytes = new Uint8Array(10)
    const read = raw().decode(bytes, 2, 5, false, defaultLimits)
    bytes[2] = 9
    expect(read).toEqual(Uint8Array.of(9, 0, 0))
  })
})
