import { expect, test } from 'vitest'
import { inPieces, Parcels } from './parcels.js'

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(1)
}

test('a body can be fetched once, and tells how it ended', async () => {
  const parcels = new Parcels()
  const ends: (string | undefined)[] = []
  const over = (fault?: Error) => void ends.push(fault?.message)
  const whole = parcels.offer(inPieces(new Uint8Array(3)), over)
  let bytes = 0
  for await (const piece of parcels.take(whole)) bytes += piece.byteLength
  expect([bytes, ends]).toEqual([3, [undefined]])
  expect(() => parcels.take(whole)).toThrow('no such body')
  for await (const piece of parcels.take(parcels.offer(endless(), over))) {
    if (piece.byteLength > 0) break
  }
  expect(ends).toEqual([undefined, 'the reader has left'])
  expect(parcels.size).toBe(0)
})

test('a body that nobody fetches is left, so that what it holds is let go', async () => {
  const parcels = new Parcels()
  const ends: (string | undefined)[] = []
  let left = 0
  const body = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error('not asked for')),
      return: async () => {
        left++
        return { done: true as const, value: undefined }
      },
    }),
  }
  const one = parcels.offer(body, (fault) => void ends.push(fault?.message))
  parcels.offer(body, (fault) => void ends.push(fault?.message))
  parcels.drop(one, new Error('dropped'))
  parcels.drop(one, new Error('again'))
  parcels.clear(new Error('over'))
  expect([left, ends, parcels.size]).toEqual([2, ['dropped', 'over'], 0])
})
