// The suites' own idea of equality: if it were blind, they would prove nothing.
import { expect, it } from 'vitest'
import { same } from './same.js'

it.each([
  [0, -0],
  [1, '1'],
  [null, undefined],
  [null, {}],
  [[], {}],
  [[1], [1, 2]],
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { b: 1 }],
  [{ a: undefined }, {}],
  [{ toString: undefined }, { valueOf: undefined }],
  [Uint8Array.of(1), [1]],
  [Uint8Array.of(1), Uint8Array.of(2)],
  [Uint8Array.of(1), Uint8Array.of(1, 2)],
  [new Date(1), new Date(2)],
  [new Map([[1, 2]]), new Map([[1, 3]])],
  [new Map(), {}],
  [1n, 1],
])('%o is not %o', (a, b) => {
  expect(same(a, b)).toBe(false)
  expect(same({ in: [a] }, { in: [b] })).toBe(false)
  expect(same(b, a)).toBe(false)
})

it.each([
  [Number.NaN, Number.NaN],
  [{ a: [1, { b: 'c' }] }, { a: [1, { b: 'c' }] }],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  [new Date(5), new Date(5)],
  [new Map([[[1], 2]]), new Map([[[1], 2]])],
  [undefined, undefined],
])('%o is %o', (a, b) => expect(same(a, b)).toBe(true))
