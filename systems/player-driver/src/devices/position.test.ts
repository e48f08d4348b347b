import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Status, type Timeline } from '../domain/types.js'
import { positionAt, rebased } from './position.js'

const timeline: Timeline = { positionMs: 10_000, updateUnixMs: 1000, durationMs: 20_000, rate: 1 }

it.each<[string, Partial<Timeline>, Status, number, number]>([
  ['runs with the time', {}, Status.Playing, 3500, 12_500],
  ['runs at its rate', { rate: 1.5 }, Status.Playing, 3000, 13_000],
  ['runs backwards', { rate: -2 }, Status.Playing, 3000, 6000],
  ['stops at the duration', {}, Status.Playing, 60_000, 20_000],
  ['stops at the start', { rate: -2 }, Status.Playing, 60_000, 0],
  ['runs on without a duration', { durationMs: 0 }, Status.Playing, 61_000, 70_000],
  ['stands at rate 0', { rate: 0 }, Status.Playing, 61_000, 10_000],
  ['stands while paused', {}, Status.Paused, 61_000, 10_000],
  ['stands while seeking', {}, Status.Seeking, 61_000, 10_000],
  ['stands while buffering', {}, Status.Buffering, 61_000, 10_000],
  ['stands when stopped', {}, Status.Stopped, 61_000, 10_000],
  ['waits for a clock that is behind', {}, Status.Playing, 0, 10_000],
  ['is never past the duration', { positionMs: 30_000 }, Status.Paused, 0, 20_000],
])('%s', (_, change, status, now, position) => {
  expect(positionAt({ ...timeline, ...change }, status, now)).toBe(position)
})

it('is at the same place when told anew at any moment', () => {
  const statuses = fc.constantFrom(...Object.values(Status))
  fc.assert(
    fc.property(statuses, fc.nat(40_000), fc.nat(40_000), (status, first, more) => {
      const anew = rebased(timeline, status, 1000 + first)
      const now = 1000 + first + more
      expect(positionAt(anew, status, now)).toBe(positionAt(timeline, status, now))
    }),
  )
})
