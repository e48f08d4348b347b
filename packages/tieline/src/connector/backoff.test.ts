import { expect, test } from 'vitest'
import { randomFrom } from '../testing/splits.js'
import { Backoff } from './backoff.js'

test('the bound doubles with each attempt, from the base to the cap', () => {
  const backoff = new Backoff({ base: '100ms', cap: '2s', random: () => 0.999999 })
  const waits = Array.from({ length: 8 }, () => Math.round(backoff.next()))
  expect(waits).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000])
  expect(backoff.attempts).toBe(8)
})

test('the jitter is full: waits are spread evenly between nothing and the bound', () => {
  const random = randomFrom(11)
  const first = Array.from({ length: 10_000 }, () => new Backoff({ base: 1000, random }).next())
  const quarters = [0, 0, 0, 0]
  for (const ms of first) quarters[Math.floor(ms / 250)]!++
  for (const count of quarters) expect(Math.abs(count - 2500)).toBeLessThan(250)
})

test('a connection that stood longer than the next wait could be begins anew', () => {
  const backoff = new Backoff({ base: 100, cap: 5000, random: () => 1 })
  for (let n = 0; n < 3; n++) backoff.next()
  backoff.stood(799)
  expect(backoff.next()).toBe(800)
  backoff.stood(1600)
  expect(backoff.attempts).toBe(0)
  expect(backoff.next()).toBe(100)
})

test('a server that dies as soon as it is reached is dialled more and more seldom', () => {
  const backoff = new Backoff({ random: () => 1 })
  const waits = Array.from({ length: 10 }, () => {
    backoff.stood(5)
    return backoff.next()
  })
  expect(waits).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
})

test('after a thousand attempts it is still the cap', () => {
  const backoff = new Backoff({ random: () => 1 })
  for (let n = 0; n < 2000; n++) backoff.next()
  expect(backoff.next()).toBe(5000)
})
