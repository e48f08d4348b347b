import { expect, it } from 'vitest'
import { backoffDelay } from './backoff.js'

const config = { baseDelayMs: 100, maxDelayMs: 1000, multiplier: 2, jitter: 0.3 } as const
const delay = (attempt: number, random: number) =>
  backoffDelay({ ...config, exhaustedAction: 'stop' }, attempt, random)

it('multiplies from attempt to attempt, up to the most', () => {
  expect([0, 1, 2, 3, 4, 50, 2000].map((attempt) => delay(attempt, 0.5))).toEqual([
    100, 200, 400, 800, 1000, 1000, 1000,
  ])
})

it('adds or takes the share that chance says', () => {
  expect([delay(0, 0), delay(0, 1)]).toEqual([70, 130])
})
