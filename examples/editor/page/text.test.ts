import { expect, it } from 'vitest'
import { bytes, degrees, minutes, short, size, waiting } from './text.js'

it('writes bytes in the unit that suits them', () => {
  expect([0, 12, 999, 1000, 182_300, 999_499, 999_500, 2.5e9].map(bytes)).toEqual([
    '0 B',
    '12 B',
    '999 B',
    '1.0 KB',
    '182 KB',
    '999 KB',
    '1.0 MB',
    '2.5 GB',
  ])
})

it('writes times, sizes and directions', () => {
  expect(minutes(75.9)).toBe('1:15')
  expect(size(389.6, 640)).toBe('390 × 640')
  expect(degrees(-Math.PI / 2)).toBe('270°')
  expect(degrees(-0.001)).toBe('0°')
  expect(short(0.42)).toBe('0.4')
  expect(short(123.4)).toBe('123')
  expect(waiting(80)).toBe('a moment')
  expect(waiting(2600)).toBe('3 s')
})
