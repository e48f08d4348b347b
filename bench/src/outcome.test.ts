import { describe, expect, test } from 'vitest'
import { isGood, judged, type Outcome } from './outcome.js'
import { spread } from './statistics.js'

const figure = (low: number, median: number, high: number) => spread([low, low, median, high, high])

describe('a bar', () => {
  test('is judged by the median, in its own sense', () => {
    expect(judged('x', 'at least', 2, figure(2, 2, 2)).verdict).toBe('met')
    expect(judged('x', 'at least', 2, figure(1.8, 1.9, 1.95)).verdict).toBe('missed')
    expect(judged('x', 'at most', 1.15, figure(1, 1.1, 1.12)).verdict).toBe('met')
    expect(judged('x', 'at most', 1.15, figure(1.2, 1.3, 1.4)).verdict).toBe('missed')
  })

  test('says when the quartiles lie on both sides of it', () => {
    expect(judged('x', 'at least', 2, figure(1.9, 2.1, 2.2))).toMatchObject({
      verdict: 'met',
      unsure: true,
    })
    expect(judged('x', 'at least', 2, figure(2, 2.1, 2.2)).unsure).toBe(false)
  })

  test('without a figure, or told not to, judges nothing', () => {
    expect(judged('x', 'at least', 2, undefined).verdict).toBe('not judged')
    expect(judged('x', 'at least', 2, spread([])).verdict).toBe('not judged')
    expect(judged('x', 'at least', 2, figure(1, 1, 1), { judge: false })).toMatchObject({
      verdict: 'not judged',
      value: { median: 1 },
    })
  })
})

test('an outcome is good when no bar is missed and nothing failed', () => {
  const outcome = (bars: Outcome['bars'], failures: Outcome['failures'] = []): Outcome => ({
    suite: 'x',
    title: 'x',
    notes: [],
    tables: [],
    bars,
    legend: [],
    failures,
  })
  const met = judged('x', 'at least', 1, figure(2, 2, 2))
  const missed = judged('x', 'at least', 3, figure(2, 2, 2))
  expect(isGood(outcome([met]))).toBe(true)
  expect(isGood(outcome([met, missed]))).toBe(false)
  expect(isGood(outcome([met], [{ subject: 'x', message: 'gone' }]))).toBe(false)
})
