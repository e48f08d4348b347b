import { expect, test } from 'vitest'
import { StreamReader } from './stream-reader.js'

function aReader(window = 100) {
  const told: string[] = []
  const reader = new StreamReader(window, {
    start: () => told.push('start'),
    grant: (bytes) => told.push(`grant ${bytes}`),
    overrun: () => told.push('overrun'),
    left: () => told.push('left'),
  })
  return { reader, told }
}

const DONE = { done: true, value: undefined }

test('starts with the first next, once', async () => {
  const { reader, told } = aReader()
  expect(told).toEqual([])
  void reader.next()
  void reader.next()
  expect(told).toEqual(['start'])
})

test('grants half a window at a time, of what was taken and not of what came', async () => {
  const { reader, told } = aReader(100)
  const first = reader.next()
  for (let n = 0; n < 10; n++) reader.push(n, 10)
  expect(await first).toEqual({ done: false, value: 0 })
  expect(told).toEqual(['start'])
  for (let n = 1; n < 5; n++) expect((await reader.next()).value).toBe(n)
  expect(told).toEqual(['start', 'grant 50'])
})

test('tells of an item that comes when the window is used up, to the byte', () => {
  const { reader, told } = aReader(100)
  void reader.next()
  reader.push(0, 10)
  reader.push(1, 89)
  reader.push('larger than what is left of the window', 500)
  expect(told).toEqual(['start'])
  reader.push('one more', 1)
  expect(told).toEqual(['start', 'overrun'])
})

test('an item that an overrun refuses is not kept', async () => {
  const reader = new StreamReader(10, {
    start: () => {},
    grant: () => {},
    overrun: () => {
      throw new Error('too much')
    },
    left: () => {},
  })
  const first = reader.next()
  reader.push(1, 1)
  await first
  reader.push(2, 10)
  expect(() => reader.push(3, 1)).toThrow('too much')
  reader.finish()
  expect((await reader.next()).value).toBe(2)
  expect(await reader.next()).toEqual(DONE)
})

test('what is held is delivered before the error, which is told once', async () => {
  const { reader } = aReader()
  const first = reader.next()
  for (const n of [1, 2, 3]) reader.push(n, 1)
  reader.finish(new Error('the end of it'))
  reader.finish(new Error('not this one'))
  expect((await first).value).toBe(1)
  expect((await reader.next()).value).toBe(2)
  expect((await reader.next()).value).toBe(3)
  await expect(reader.next()).rejects.toThrow('the end of it')
  expect(await reader.next()).toEqual(DONE)
})

test('all who wait are settled at the end: one with the error, the others with the end', async () => {
  const { reader } = aReader()
  const waiting = [1, 2, 3].map(() => reader.next().catch((error: Error) => error.message))
  reader.finish(new Error('broken'))
  expect(await Promise.all(waiting)).toEqual(['broken', DONE, DONE])
})

test('left: what is held goes, who waits is at the end, and it is told once', async () => {
  const { reader, told } = aReader()
  const waiting = reader.next()
  expect(await reader.return()).toEqual(DONE)
  expect(await waiting).toEqual(DONE)
  await reader.return()
  reader.push(1, 1)
  reader.finish(new Error('late'))
  expect(await reader.next()).toEqual(DONE)
  expect(told).toEqual(['start', 'left'])
})

test('left before it began, or after its end: nobody is told', async () => {
  const before = aReader()
  await before.reader.return()
  expect(await before.reader.next()).toEqual(DONE)
  const after = aReader()
  void after.reader.next()
  after.reader.finish()
  await after.reader.return()
  expect([before.told, after.told]).toEqual([[], ['start']])
})
