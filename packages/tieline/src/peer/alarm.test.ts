import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.js'
import { Alarm } from './alarm.js'

const NEVER = Number.POSITIVE_INFINITY

function anAlarm(next: (now: number) => number = () => NEVER) {
  const clock = new FakeClock()
  const rings: [number, number][] = []
  const alarm = new Alarm(clock, {
    ring: (now, late) => {
      rings.push([now, late])
      return next(now)
    },
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

describe('the alarms of one clock', () => {
  test('ring in the order of their deadlines, on one timer, in whatever order they are set and stopped', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(1000), stops: fc.boolean() }), { maxLength: 40 }),
        (wanted) => {
          const clock = new FakeClock()
          const rung: number[] = []
          const alarms = wanted.map(({ at }) => {
            const ring = () => {
              rung.push(at)
              return NEVER
            }
            const alarm = new Alarm(clock, { ring })
            alarm.by(at + 500)
            alarm.by(at)
            return alarm
          })
          expect(clock.timers).toBe(wanted.length === 0 ? 0 : 1)
          wanted.forEach(({ stops }, n) => {
            if (stops) alarms[n]?.stop()
          })
          clock.advance(2000)
          const left = wanted.filter(({ stops }) => !stops).map(({ at }) => at)
          expect(rung).toEqual(left.sort((one, other) => one - other))
          expect(clock.timers).toBe(0)
        },
      ),
    )
  })

  test('ring although one of them throws', () => {
    const clock = new FakeClock()
    const rung: string[] = []
    const fails = () => {
      throw new Error('a fault')
    }
    const rings = () => {
      rung.push('the other')
      return NEVER
    }
    new Alarm(clock, { ring: fails }).by(100)
    new Alarm(clock, { ring: rings }).by(101)
    expect(() => clock.advance(1000)).toThrow('a fault')
    clock.advance(1000)
    expect(rung).toEqual(['the other'])
    expect(clock.timers).toBe(0)
  })

  test('one that stops another, or is set again, while it rings', () => {
    const clock = new FakeClock()
    const rung: string[] = []
    const other = new Alarm(clock, {
      ring: () => {
        rung.push('other')
        return NEVER
      },
    })
    const one = new Alarm(clock, {
      ring: (now) => {
        rung.push('one')
        other.stop()
        return now < 300 ? now + 100 : NEVER
      },
    })
    one.by(100)
    other.by(100)
    clock.advance(1000)
    expect(rung).toEqual(['one', 'one', 'one'])
    expect(clock.timers).toBe(0)
  })
})
