import { expect, test } from 'vitest'
import { limitsWith } from '../limits.js'
import { Watchdog } from './watchdog.js'

const NEVER = Number.POSITIVE_INFINITY
const aWatchdog = () =>
  new Watchdog(limitsWith({ firstFrameMs: 100, partialFrameMs: 300 }), { missing: 'nothing came' })

test('has no deadline while nothing is awaited', () => {
  const watchdog = aWatchdog()
  watchdog.read(0, 0, true)
  expect([watchdog.next, watchdog.overdue(1e9, 0, 0)]).toEqual([NEVER, undefined])
})

test('the first frame must come within its time', () => {
  const watchdog = aWatchdog()
  watchdog.expectFirstFrame(0)
  expect(watchdog.overdue(99, 0, 0)).toBeUndefined()
  expect(watchdog.overdue(100, 0, 0)).toBe('nothing came within 100 ms (limit firstFrameMs)')
  watchdog.firstFrameCame()
  expect(watchdog.overdue(1e9, 0, 0)).toBeUndefined()
})

test('a frame must be finished within its time, however many bytes of it come', () => {
  const watchdog = aWatchdog()
  for (let at = 0; at < 300; at += 10) {
    watchdog.read(at, at + 10, false)
    expect(watchdog.overdue(at, 0, 0)).toBeUndefined()
  }
  expect(watchdog.overdue(300, 0, 0)).toBe(
    'a frame stayed unfinished for 300 ms (limit partialFrameMs)',
  )
})

test('each frame has its own time', () => {
  const watchdog = aWatchdog()
  for (let at = 0; at < 10_000; at += 200) {
    watchdog.read(at, 5, true)
    expect(watchdog.overdue(at, 0, 0)).toBeUndefined()
  }
  watchdog.read(10_000, 0, true)
  expect(watchdog.next).toBe(NEVER)
})

test('one that reads something of what waits for it is given more time, one that reads nothing is not', () => {
  const watchdog = aWatchdog()
  watchdog.blocked(0, 1000)
  expect(watchdog.overdue(300, 0, 1001)).toBeUndefined()
  expect(watchdog.next).toBe(600)
  expect(watchdog.overdue(600, 0, 1001)).toBe(
    'nothing of what was sent was read for 300 ms (limit partialFrameMs)',
  )
  watchdog.drained()
  expect(watchdog.next).toBe(NEVER)
})

test('an unfinished frame that we do not read on is not the other side’s fault', () => {
  const watchdog = aWatchdog()
  watchdog.read(0, 5, false)
  watchdog.paused(290)
  expect(watchdog.overdue(300, 0, 0)).toBeUndefined()
  expect(watchdog.next).toBe(590)
})

test('a process that stood still gives all it awaits its time once more', () => {
  const watchdog = aWatchdog()
  watchdog.expectFirstFrame(0)
  watchdog.read(0, 5, false)
  watchdog.blocked(0, 7)
  expect(watchdog.overdue(50_000, 49_900, 7)).toBeUndefined()
  expect(watchdog.next).toBe(50_100)
  expect(watchdog.overdue(50_100, 3, 7)).toContain('firstFrameMs')
})
