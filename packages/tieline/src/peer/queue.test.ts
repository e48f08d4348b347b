import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { randomFrom } from '../testing/splits.js'
import { Queue } from './queue.js'

test('is first in, first out, at any length', () => {
  const random = randomFrom(3)
  const queue = new Queue<number>()
  const array: number[] = []
  for (let n = 0; n < 50_000; n++) {
    // Long stretches of growing, of standing and of shrinking.
    if (random() < [0.7, 0.5, 0.3][Math.floor(n / 5000) % 3]!) {
      queue.push(n)
      array.push(n)
    } else {
      expect(queue.shift()).toBe(array.shift())
    }
    expect(queue.size).toBe(array.length)
  }
  queue.clear()
  expect([queue.size, queue.shift()]).toEqual([0, undefined])
})

test('lets go of what was taken, also when it is never empty', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const queue = new Queue<object>()
  const first = new WeakRef({ first: true })
  queue.push(first.deref() as object)
  queue.push({})
  queue.shift()
  expect(queue.size).toBe(1)
  await new Promise((resolve) => setTimeout(resolve))
  collect()
  expect(first.deref()).toBeUndefined()
})
