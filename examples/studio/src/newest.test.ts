import { expect, it } from 'vitest'
import { Newest } from './newest.js'

it('gives the value of now, then the newest, and not what the reader was too slow for', async () => {
  const newest = new Newest(1)
  const stop = new AbortController()
  const seen: number[] = []
  const reader = (async () => {
    for await (const value of newest.watch(stop.signal)) {
      seen.push(value)
      if (value === 1) {
        newest.set(2)
        newest.set(3)
      }
      if (value === 4) stop.abort()
    }
  })()
  setImmediate(() => newest.set(4))
  await reader
  expect(seen).toEqual([1, 3, 4])
})

it('ends a reader that waits when its signal fires', async () => {
  const newest = new Newest('a')
  const stop = new AbortController()
  const values = newest.watch(stop.signal)
  await values.next()
  const waiting = values.next()
  stop.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
})
