import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type DemoTrack, demoAt, demoPlaylist } from './playlist.js'

const track = (durationMs: number): DemoTrack => ({
  title: `${durationMs} ms`,
  artist: null,
  album: null,
  genre: null,
  durationMs,
})
const playlist = [track(10_000), track(3000)]

it.each([
  [0, { index: 0, positionMs: 0, paused: false, changesInMs: 10_000 }],
  [9999, { index: 0, positionMs: 9999, paused: false, changesInMs: 1 }],
  [10_000, { index: 1, positionMs: 0, paused: false, changesInMs: 3000 }],
  [13_000, { index: 0, positionMs: 0, paused: false, changesInMs: 10_000 }],
  [26_500, { index: 0, positionMs: 500, paused: false, changesInMs: 9500 }],
])('is after %i ms at %o', (elapsed, moment) => {
  expect(demoAt(playlist, elapsed)).toEqual(moment)
})

it.each([
  [0, { index: 0, positionMs: 0, paused: false, changesInMs: 4000 }],
  [4000, { index: 0, positionMs: 4000, paused: true, changesInMs: 2000 }],
  [5999, { index: 0, positionMs: 4000, paused: true, changesInMs: 1 }],
  [6000, { index: 0, positionMs: 4000, paused: false, changesInMs: 6000 }],
  [12_000, { index: 1, positionMs: 0, paused: false, changesInMs: 3000 }],
])('with a pause in tracks that are long enough is after %i ms at %o', (elapsed, moment) => {
  expect(demoAt(playlist, elapsed, { atMs: 4000, forMs: 2000 })).toEqual(moment)
})

it('is where it was going to be when it said it would change', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(50_000), fc.nat(5000), (elapsed, atMs, forMs) => {
      const pause = { atMs, forMs }
      const now = demoAt(demoPlaylist, elapsed, pause)
      expect(now.changesInMs).toBeGreaterThan(0)
      const before = demoAt(demoPlaylist, elapsed + now.changesInMs - 1, pause)
      expect([before.index, before.paused]).toEqual([now.index, now.paused])
      expect(before.positionMs - now.positionMs).toBe(now.paused ? 0 : now.changesInMs - 1)
    }),
  )
})

it('refuses an empty playlist', () => {
  expect(() => demoAt([], 0)).toThrow('a demo playlist must not be empty')
})
