import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.js'
import { Waiters } from './waiters.js'

const errors = { late: () => new Error('late'), cancelled: () => new Error('cancelled') }
const LONG = Number.POSITIVE_INFINITY

function some() {
  const clock = new FakeClock()
  const told: boolean[] = []
  const waiters = new Waiters<string>(clock, (waiting) => told.push(waiting))
  return { clock, waiters, told }
}

test('all go on when it comes, in order, and their timers are gone', async () => {
  const { clock, waiters, told } = some()
  const order: number[] = []
  const all = [1, 2, 3].map((n) => waiters.wait('m', 100, [], errors).then(() => order.push(n)))
  expect([clock.timers, clock.held, waiters.size]).toEqual([3, 3, 3])
  waiters.release('here')
  await Promise.all(all)
  expect(order).toEqual([1, 2, 3])
  expect([clock.timers, waiters.size, told]).toEqual([0, 0, [true, false]])
})

test('each waits no longer than its own time', async () => {
  const { clock, waiters } = some()
  const short = waiters.wait('m', 100, [], errors)
  const long = waiters.wait('m', LONG, [], errors)
  clock.advance(1e9)
  await expect(short).rejects.toThrow('late')
  expect(waiters.size).toBe(1)
  waiters.release('here')
  expect(await long).toBe('here')
})

test('each ends with any of its signals, and leaves no listener on the others', async () => {
  const { clock, waiters } = some()
  const [one, two] = [new AbortController(), new AbortController()]
  const waiting = waiters.wait('m', 100, [undefined, one.signal, two.signal], errors)
  two.abort()
  await expect(waiting).rejects.toThrow('cancelled')
  one.abort()
  await expect(waiters.wait('m', 100, [one.signal], errors)).rejects.toThrow('cancelled')
  expect([clock.timers, waiters.size]).toEqual([0, 0])
})

test('all are refused with errors of their own when it will not come', async () => {
  const { waiters, told } = some()
  const all = ['a', 'b'].map((method) => waiters.wait(method, LONG, [], errors))
  waiters.refuse((method) => new Error(`no ${method}`))
  await expect(all[0]).rejects.toThrow('no a')
  await expect(all[1]).rejects.toThrow('no b')
  expect(told).toEqual([true, false])
})
