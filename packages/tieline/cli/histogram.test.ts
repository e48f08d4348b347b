import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bar, buckets, summary } from './histogram.js'

const anySamples = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1 })

test('percentiles are samples, by nearest rank', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(summary(samples)).toEqual({ min: 1, p50: 50, p90: 90, p99: 99, max: 100, mean: 50.5 })
  expect(summary([7])).toEqual({ min: 7, p50: 7, p90: 7, p99: 7, max: 7, mean: 7 })
})

test('buckets are neighbours, and the empty ones between are told', () => {
  expect(buckets([0.12, 0.11, 0.31])).toEqual([
    { from: 0.1, to: 0.15, count: 2 },
    { from: 0.15, to: 0.2, count: 0 },
    { from: 0.2, to: 0.3, count: 0 },
    { from: 0.3, to: 0.5, count: 1 },
  ])
})

test('a sample just under a border is under it', () => {
  expect(buckets([9.999999999999998])).toEqual([{ from: 7, to: 10, count: 1 }])
})

test('every sample is in the one bucket whose borders it is between', () => {
  fc.assert(
    fc.property(anySamples, (samples) => {
      const found = buckets(samples)
      for (const { from, to, count } of found) {
        expect(samples.filter((each) => Math.max(each, 1e-3) >= from && each < to).length).toBe(
          count,
        )
      }
      expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(samples.length)
    }),
  )
})

test('a bar is as long as its share, and never invisible', () => {
  expect(bar(1)).toBe('█'.repeat(32))
  expect(bar(0.5)).toBe('█'.repeat(16))
  expect(bar(0.0001)).toBe('▏')
  expect(bar(0)).toBe('')
})

test('a bar is no longer than there is room for', () => {
  expect(bar(1, 10)).toBe('█'.repeat(10))
  expect(bar(1, 100)).toBe('█'.repeat(32))
})
