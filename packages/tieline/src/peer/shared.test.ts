import { expect, test } from 'vitest'
import type { Hello } from '../dialect/envelope.js'
import { defaultLimits } from '../limits.js'
import { sharedHello, sharedLimits } from './shared.js'

test('limits that are the same are one object, and others are their own', () => {
  expect(sharedLimits(undefined)).toBe(defaultLimits)
  const changes = { calls: 7 }
  const one = sharedLimits(changes)
  expect(one).toEqual({ ...defaultLimits, calls: 7 })
  expect(sharedLimits({ calls: 7 })).toBe(one)
  changes.calls = 8
  expect(sharedLimits(changes).calls).toBe(8)
  expect(one.calls).toBe(7)
})

test('what the other side said is kept as it was said', () => {
  const said = (version: string, more: Partial<Hello> = {}): Hello => ({
    kind: 'hello',
    major: 1,
    minor: 0,
    serves: { name: 'greeter', version },
    expects: undefined,
    ...more,
  })
  const first = sharedHello(said('1.0'))
  expect(sharedHello(said('1.0'))).toBe(first)
  for (const other of [
    said('1.1'),
    said('1.1', { minor: 3 }),
    said('1.1', { serves: undefined }),
    said('1.1', { expects: { name: 'player', version: '1.0' } }),
  ]) {
    expect(sharedHello(other)).toEqual(other)
  }
  expect(first).toEqual(said('1.0'))
})
