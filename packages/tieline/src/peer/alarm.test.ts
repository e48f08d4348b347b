import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.js'
import { Alarm } from './alarm.js'

const NEVER = Number.POSITIVE_INFINITY

function anAlarm(next: (now: number) => number = () => NEVER) {
  const clock = new FakeClock()
  const rings: [number, number][] = []
  const alarm = new Alarm(clock, (now, late) => {
    rings.push([now, late])
    return next(now)
  })
  return { clock, alarm, rings }
}

test('has one timer, set for the earliest deadline', () => {
  const { clock, alarm, rings } = anAlarm()
  for (const at of [500, 100, 300, 700]) alarm.by(at)
  expect(clock.timers).toBe(1)
  clock.advance(99)
  expect(rings).toEqual([])
  clock.advance(10)
  expect(rings).toEqual([[105, 0]])
  expect(clock.timers).toBe(0)
})

test('rings again for the deadline that it is told when it rings', () => {
  const { clock, alarm, rings } = anAlarm((now) => (now < 300 ? now + 100 : NEVER))
  alarm.by(100)
  clock.advance(1000)
  expect(rings.map(([now]) => now)).toEqual([105, 210, 315])
})

test('says how late it is when the process stood still', () => {
  const { clock, alarm, rings } = anAlarm()
  alarm.by(100)
  clock.standStill(5000)
  expect(rings).toEqual([[5000, 4895]])
})

test('never rings once stopped, whatever is asked of it', () => {
  const { clock, alarm, rings } = anAlarm()
  alarm.by(100)
  alarm.stop()
  alarm.by(50)
  clock.advance(1000)
  expect(rings).toEqual([])
  expect(clock.timers).toBe(0)
})

test('stopped while it rings, it leaves no timer', () => {
  const { clock, alarm } = anAlarm((now) => {
    alarm.stop()
    return now + 100
  })
  alarm.by(100)
  clock.advance(1000)
  expect(clock.timers).toBe(0)
})

test('without a deadline there is no timer', () => {
  const { clock, alarm } = anAlarm()
  alarm.by(NEVER)
  expect(clock.timers).toBe(0)
})
