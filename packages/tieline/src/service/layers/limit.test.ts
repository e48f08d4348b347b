import { describe, expect, test } from 'vitest'
import type { Call, Caller, Service } from '../../peer/call.js'
import { aCall, type CallParts, ManualClock, settle, standIn } from '../stand-in.test.helper.js'
import { limit } from './limit.js'

/** A service whose calls end when they are told to. */
function gated() {
  const started: unknown[] = []
  const finish: (() => void)[] = []
  const service: Service = (call) => {
    started.push(call.params)
    return new Promise((resolve) => {
      finish.push(() => resolve(call.params))
    })
  }
  return { service, started, finish }
}

const calls = (service: Service, ...params: unknown[]) =>
  params.map((each) => service(aCall({ params: each })) as Promise<unknown>)

describe('so many at once', () => {
  test('what is over the limit is refused at once, with the numbers', () => {
    const { service } = gated()
    const bounded = limit({ concurrent: 2 })(service)
    void calls(bounded, 1, 2)
    expect(() => bounded(aCall())).toThrow(
      'hello: 2 calls run and 0 wait already (concurrent 2, queue 0)',
    )
    expect(() => bounded(aCall())).toThrow(
      expect.objectContaining({ code: 'resource-exhausted', crosses: true }),
    )
  })

  test('those in the queue have their turn in order, and no more than that run', async () => {
    const { service, started, finish } = gated()
    const bounded = limit({ concurrent: 1, queue: 2 })(service)
    const answers = calls(bounded, 'a', 'b', 'c')
    expect(() => bounded(aCall())).toThrow('1 calls run and 2 wait')
    expect(started).toEqual(['a'])
    finish[0]!()
    await settle()
    expect(started).toEqual(['a', 'b'])
    finish[1]!()
    await settle()
    finish[2]!()
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c'])
  })

  test('a failed call, a thrown error and a plain value free their places', async () => {
    const bounded = limit({ concurrent: 1 })((call) => {
      if (call.params === 'throw') throw new Error('thrown')
      return call.params === 'reject' ? Promise.reject(new Error('rejected')) : 'value'
    })
    expect(() => bounded(aCall({ params: 'throw' }))).toThrow('thrown')
    await expect(bounded(aCall({ params: 'reject' }))).rejects.toThrow('rejected')
    expect(bounded(aCall())).toBe('value')
    expect(bounded(aCall())).toBe('value')
  })

  test('a long queue of calls that answer at once does not deepen the stack', async () => {
    const { service, finish } = gated()
    const bounded = limit({ concurrent: 1, queue: 20_000 })((call) =>
      call.params === 'first' ? service(call) : call.params,
    )
    const answers = calls(bounded, 'first', ...Array(20_000).keys())
    finish[0]!()
    expect((await Promise.all(answers)).length).toBe(20_001)
  })

  test('a call leaves the queue when it is cancelled, and is never run', async () => {
    const { service, started, finish } = gated()
    const bounded = limit({ concurrent: 1, queue: 1 })(service)
    const caller = new AbortController()
    void calls(bounded, 'a')
    const waiting = bounded(aCall({ params: 'b', signal: caller.signal }))
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    const next = bounded(aCall({ params: 'c' }))
    finish[0]!()
    await settle()
    expect(started).toEqual(['a', 'c'])
    finish[1]!()
    expect(await next).toBe('c')
  })

  test('a call that was cancelled before it came never waits', async () => {
    const { service } = gated()
    const bounded = limit({ concurrent: 1, queue: 1 })(service)
    void calls(bounded, 'a')
    await expect(bounded(aCall({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'cancelled',
    })
  })

  test('a call whose deadline passed while it waited is not run', async () => {
    const { service, started, finish } = gated()
    const bounded = limit({ concurrent: 1, queue: 2 })(service)
    void calls(bounded, 'a')
    let left = 5
    const late = bounded(aCall({ params: 'late', remaining: () => left }))
    const next = bounded(aCall({ params: 'next' }))
    left = 0
    finish[0]!()
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect(started).toEqual(['a', 'next'])
    finish[1]!()
    expect(await next).toBe('next')
  })
})

describe('streams', () => {
  const ticks: Service = async function* () {
    yield 1
    yield 2
  }
  const aStream = (parts: CallParts = {}) => aCall({ kind: 'stream', ...parts })

  test('count until they end or are left', async () => {
    const bounded = limit({ concurrent: 1 })(ticks)
    const open = () => bounded(aStream()) as AsyncIterableIterator<unknown>
    const left = open()
    await left.next()
    expect(open).toThrow('1 calls run')
    await left.return?.()
    const read = open()
    while (!(await read.next()).done);
    await open().return?.()
    expect(open).not.toThrow()
  })

  test('wait for their turn as calls do', async () => {
    const bounded = limit({ concurrent: 1, queue: 1 })(ticks)
    const first = bounded(aStream()) as AsyncIterableIterator<unknown>
    const second = bounded(aStream()) as AsyncIterableIterator<unknown>
    const item = second.next()
    await first.return?.()
    expect(await item).toEqual({ done: false, value: 1 })
  })

  test('leave the queue when they are left', async () => {
    const bounded = limit({ concurrent: 1, queue: 1 })(ticks)
    const first = bounded(aStream()) as AsyncIterableIterator<unknown>
    const second = bounded(aStream()) as AsyncIterableIterator<unknown>
    await second.return?.()
    const third = bounded(aStream()) as AsyncIterableIterator<unknown>
    await first.return?.()
    expect(await third.next()).toEqual({ done: false, value: 1 })
  })
})

describe('so many in a time', () => {
  test('a burst, then as fast as it is refilled', async () => {
    const clock = new ManualClock()
    const bounded = limit({ rate: { calls: 10, per: '1s' }, clock })(() => 'ok')
    for (let i = 0; i < 10; i++) bounded(aCall())
    expect(() => bounded(aCall())).toThrow('hello: more than 10 calls in 1000 ms')
    await clock.move(100)
    expect(bounded(aCall())).toBe('ok')
    expect(() => bounded(aCall())).toThrow('more than 10')
    await clock.move(60_000)
    for (let i = 0; i < 10; i++) bounded(aCall())
    expect(() => bounded(aCall())).toThrow('more than 10')
  })
})

test('each connection can have limits of its own', () => {
  const { service } = gated()
  const bounded = limit({ concurrent: 1, each: 'connection' })(service)
  const [ada, bob]: Caller[] = [standIn(service), standIn(service)]
  const from = (peer: Caller | undefined): Call => aCall({ peer: peer as Caller })
  bounded(from(ada))
  expect(() => bounded(from(ada))).toThrow('1 calls run')
  expect(() => bounded(from(bob))).not.toThrow()
})

test.each([
  [{ concurrent: 0 }, 'limit concurrent must be at least 1, not 0'],
  [{ concurrent: 1, queue: -1 }, 'limit queue must be at least 0 and finite, not -1'],
  [{ queue: Infinity }, 'limit queue must be at least 0 and finite, not Infinity'],
  [{ concurrent: Number.NaN }, 'limit concurrent must be at least 1, not NaN'],
  [{ rate: { calls: 0, per: 1 } }, 'limit rate.calls must be at least 1, not 0'],
  [{ rate: { calls: 1, per: 0 } }, 'limit rate.per must be above 0'],
])('a number that bounds nothing is refused: %o', (options, message) => {
  expect(() => limit(options)).toThrow(
    expect.objectContaining({ code: 'invalid-argument', message }),
  )
})
