// Values as bytes of their own.
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../limits.js'
import { encoded, json, messagePack } from './index.js'

describe('encoded', () => {
  it('gives bytes that the codec reads back, also of values past one slab', () => {
    for (const value of [1, 'é', { a: [1, 2] }, 'x'.repeat(200_000), [new Uint8Array(50_000)]]) {
      const bytes = encoded(messagePack(), value)
      expect(messagePack().decode(bytes, 0, bytes.length, false, defaultLimits)).toEqual(value)
    }
  })

  it('gives bytes that stay as they are when the next value is encoded', () => {
    const first = encoded(json(), { a: 1 })
    encoded(json(), { b: 2 })
    expect(new TextDecoder().decode(first)).toBe('{"a":1}')
  })

  it('passes on what the codec refuses, and goes on', () => {
    expect(() => encoded(json(), Number.NaN)).toThrow()
    expect(new TextDecoder().decode(encoded(json(), 1))).toBe('1')
  })
})
