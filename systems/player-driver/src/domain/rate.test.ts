import { expect, it } from 'vitest'
import { Rate } from './rate.js'

it('tells how often per second over the last ten seconds, and forgets what is older', () => {
  let now = 5000
  const rate = new Rate(() => now)
  expect(rate.perSecond()).toBe(0)
  for (let i = 0; i < 20; i++) rate.count()
  expect(rate.perSecond()).toBe(20)
  now += 4000
  expect(rate.perSecond()).toBe(5)
  now += 16_000
  expect(rate.perSecond()).toBe(0)
  for (let i = 0; i < 5; i++) {
    now += 500
    rate.count()
  }
  expect(rate.perSecond()).toBe(0.5)
})
