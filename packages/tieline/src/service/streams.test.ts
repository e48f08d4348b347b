import { describe, expect, test } from 'vitest'
import { isSource } from '../peer/outcome.js'
import { eventually, watched } from './streams.js'

/** A generator that says when its `finally` ran. */
function counted(limit = 3): { source: AsyncGenerator<number>; log: string[] } {
  const log: string[] = []
  async function* source() {
    log.push('started')
    try {
      for (let i = 0; i < limit; i++) yield i
    } finally {
      log.push('finally')
    }
  }
  return { source: source(), log }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const item of items) seen.push(item)
  return seen
}

describe('a watched stream', () => {
  test('passes items through and tells its end once', async () => {
    const ends: unknown[] = []
    const { source, log } = counted()
    const stream = watched(source, { over: (failure) => ends.push(failure) })
    expect(await all(stream)).toEqual([0, 1, 2])
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(await stream.return?.()).toEqual({ done: true, value: undefined })
    expect(ends).toEqual([undefined])
    expect(log).toEqual(['started', 'finally'])
  })

  test('takes a synchronous iterable too', async () => {
    expect(await all(watched([1, 2], { item: (n) => n * 10 }))).toEqual([10, 20])
  })

  test('leaves its source when the consumer leaves', async () => {
    const ends: unknown[] = []
    const { source, log } = counted()
    for await (const item of watched(source, { over: (failure) => ends.push(failure) })) {
      if (item === 1) break
    }
    expect(log).toEqual(['started', 'finally'])
    expect(ends).toEqual([undefined])
  })

  test('closes a source that was never started', async () => {
    const { source, log } = counted()
    const stream = watched(source, {})
    await stream.return?.()
    expect(await source.next()).toEqual({ done: true, value: undefined })
    expect(log).toEqual([])
  })

  test('replaces items, also with promises', async () => {
    const { source } = counted()
    const stream = watched<number>(source, { item: (n) => (n === 1 ? Promise.resolve(-n) : n) })
    expect(await all(stream)).toEqual([0, -1, 2])
  })

  test('ends with what `item` throws, and leaves its source', async () => {
    const failures: unknown[] = []
    const { source, log } = counted()
    const stream = watched(source, {
      item: (n) => {
        if (n === 1) throw new Error('odd')
        return n
      },
      over: (failure) => failures.push(failure?.error),
    })
    expect(await stream.next()).toEqual({ done: false, value: 0 })
    await expect(stream.next()).rejects.toThrow('odd')
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(log).toEqual(['started', 'finally'])
    expect(failures).toEqual([new Error('odd')])
  })

  test('replaces the error of its source, and tells the replacement', async () => {
    const failures: unknown[] = []
    const broken = (async function* () {
      yield 1
      throw new Error('inner')
    })()
    const stream = watched(broken, {
      error: (thrown) => new Error(`outer: ${(thrown as Error).message}`),
      over: (failure) => failures.push(failure?.error),
    })
    await expect(all(stream)).rejects.toThrow('outer: inner')
    expect(failures).toEqual([new Error('outer: inner')])
  })

  test('tells an error thrown by the cleanup of its source', async () => {
    const source = (async function* () {
      try {
        yield 1
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is the case shown
        throw new Error('cleanup')
      }
    })()
    const stream = watched(source, {})
    await stream.next()
    await expect(stream.return?.()).rejects.toThrow('cleanup')
  })
})

describe('a stream that is not there yet', () => {
  test('waits for it, then passes items', async () => {
    const { source } = counted()
    expect(await all(eventually(Promise.resolve(source)))).toEqual([0, 1, 2])
  })

  test('tells why it never came', async () => {
    const stream = eventually(Promise.reject(new Error('no turn')))
    await new Promise(setImmediate)
    await expect(stream.next()).rejects.toThrow('no turn')
  })

  test('says that it is not wanted any more, and leaves it if it comes all the same', async () => {
    let abandoned = 0
    let come: (source: AsyncIterable<number>) => void = () => {}
    const stream = eventually<number>(
      new Promise((resolve) => {
        come = resolve
      }),
      () => abandoned++,
    )
    const { source, log } = counted()
    await stream.return?.()
    await stream.return?.()
    come(source)
    await new Promise(setImmediate)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(await source.next()).toEqual({ done: true, value: undefined })
    expect(abandoned).toBe(1)
    expect(log).toEqual([])
  })

  test('is left like any other once it is there', async () => {
    const { source, log } = counted()
    for await (const _ of eventually(Promise.resolve(source))) break
    expect(log).toEqual(['started', 'finally'])
  })
})

test('a text is no stream, though it can be iterated', () => {
  expect(isSource('abc')).toBe(false)
  expect(isSource(null)).toBe(false)
  expect(isSource([1])).toBe(true)
  expect(isSource(counted().source)).toBe(true)
})
