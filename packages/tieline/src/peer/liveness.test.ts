import { expect, test } from 'vitest'
import { Liveness } from './liveness.js'

const late = () => new Error('late')

function aLiveness(interval: number) {
  const told: string[] = []
  const liveness = new Liveness(interval, 0, {
    ping: (token) => told.push(`ping ${token}`),
    dead: (message) => told.push(message),
  })
  return { liveness, told }
}

test('pings after a quiet interval, and gives up after another', () => {
  const { liveness, told } = aLiveness(100)
  expect(liveness.expire(99, 0)).toBe(100)
  expect(told).toEqual([])
  expect(liveness.expire(100, 0)).toBe(200)
  expect(told).toEqual(['ping 0'])
  expect(liveness.expire(199, 0)).toBe(200)
  expect(liveness.expire(200, 0)).toBe(Number.POSITIVE_INFINITY)
  expect(told).toEqual(['ping 0', 'no sign of life for 0.2 s (heartbeat 100 ms)'])
})

test('anything that is heard counts, not only a pong', () => {
  const { liveness, told } = aLiveness(100)
  liveness.expire(100, 0)
  liveness.heard(150)
  expect(liveness.expire(200, 0)).toBe(250)
  expect(liveness.expire(250, 0)).toBe(350)
  expect(told).toEqual(['ping 0', 'ping 0'])
})

test.each([
  [100, 60],
  [60_000, 1001],
])('a look %s ms of interval and %s ms late gives one more interval', (interval, late) => {
  const { liveness, told } = aLiveness(interval)
  liveness.expire(interval, 0)
  const now = 10 * interval
  expect(liveness.expire(now, late)).toBe(now + interval)
  liveness.expire(now + interval, 0)
  expect(told).toEqual(['ping 0', 'ping 0'])
})

test('without an interval it is never dead, and pings can still be asked for', async () => {
  const { liveness, told } = aLiveness(Number.POSITIVE_INFINITY)
  const asked = liveness.ask(10, 50, late)
  expect(liveness.expire(20, 0)).toBe(60)
  liveness.pong(99, 25)
  liveness.pong(1, 35)
  liveness.pong(1, 99)
  expect(await asked).toBe(25)
  expect([told, liveness.size]).toEqual([['ping 1'], 0])
  expect(liveness.expire(1e9, 0)).toBe(Number.POSITIVE_INFINITY)
})

test('a ping that is not answered in time rejects, the others do when all is over', async () => {
  const { liveness } = aLiveness(Number.POSITIVE_INFINITY)
  const first = liveness.ask(0, 50, late)
  const second = liveness.ask(0, 500, late)
  expect(liveness.expire(50, 0)).toBe(500)
  await expect(first).rejects.toThrow('late')
  liveness.abandon(() => new Error('over'))
  await expect(second).rejects.toThrow('over')
  expect(liveness.size).toBe(0)
})
