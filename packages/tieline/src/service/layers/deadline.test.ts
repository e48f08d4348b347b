import { describe, expect, test } from 'vitest'
import { fail } from '../../errors.js'
import type { Call, Service } from '../../peer/call.js'
import { aCall, type CallParts, ManualClock, settle } from '../stand-in.test.helper.js'
import { deadline } from './deadline.js'

const never: Service = () => new Promise(() => {})

function streamOf(service: Service, call: Call): AsyncIterableIterator<unknown> {
  return service(call) as AsyncIterableIterator<unknown>
}

/** The call that the handler saw. */
function watching(service: Service) {
  const seen: Call[] = []
  const inner: Service = (call) => {
    seen.push(call)
    return service(call)
  }
  return { inner, seen }
}

function setup(options: Parameters<typeof deadline>[0], service: Service) {
  const clock = new ManualClock()
  const { inner, seen } = watching(service)
  const outer = deadline({ ...options, clock })(inner)
  /** A call that its caller gives so many milliseconds. */
  const call = (ms: number, parts: CallParts = {}) => {
    const at = clock.now() + ms
    return aCall({ ...parts, remaining: () => Math.max(0, at - clock.now()) })
  }
  return { clock, outer, seen, call }
}

describe('the deadline layer', () => {
  test('answers for a handler that never settles, and fires its signal', async () => {
    const { clock, outer, seen } = setup({ default: '2s' }, never)
    const answer = outer(aCall())
    const signal = seen[0]!.signal
    const rejected = expect(answer).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: 'hello did not answer within 2000 ms',
      crosses: true,
    })
    await clock.move(1999)
    expect(signal.aborted).toBe(false)
    expect(seen[0]!.remaining()).toBe(1)
    await clock.move(40)
    await rejected
    expect(signal.reason).toMatchObject({ code: 'deadline-exceeded' })
    expect(seen[0]!.remaining()).toBe(0)
    expect(clock.timers).toBe(0)
  })

  test('a signal asked for too late has fired already', async () => {
    const { clock, outer, seen } = setup({ max: 100 }, never)
    const answer = outer(aCall())
    await Promise.all([expect(answer).rejects.toThrow('100 ms'), clock.move(200)])
    expect(seen[0]!.signal.aborted).toBe(true)
  })

  test("uses the caller's deadline when it is the shorter one, and `max` when that is", async () => {
    const { outer, seen, call } = setup({ default: 10, max: 500 }, () => 'done')
    outer(call(300))
    outer(call(5000))
    outer(call(Number.POSITIVE_INFINITY))
    expect(seen.map((each) => each.remaining())).toEqual([300, 500, 10])
  })

  test('refuses without running what comes too late', () => {
    const { outer, seen, call } = setup({}, () => 'done')
    expect(() => outer(call(0))).toThrow('hello did not answer within 0 ms')
    expect(seen).toHaveLength(0)
  })

  test('leaves a call alone when there is no deadline at all', () => {
    const { clock, outer, seen } = setup({}, never)
    const call = aCall()
    outer(call)
    expect(seen[0]).toBe(call)
    expect(clock.timers).toBe(0)
  })

  test('a plain value makes neither promise nor timer nor signal', () => {
    const asked = { signal: 0 }
    const { clock, outer } = setup({ default: '1s' }, () => 'at once')
    expect(outer(aCall({ asked }))).toBe('at once')
    expect(clock.timers).toBe(0)
    expect(asked.signal).toBe(0)
  })

  test('answers and errors in time are handed on', async () => {
    const { clock, outer } = setup({ default: '1s' }, async (call) => {
      if (call.params === 'bad') throw fail('no-luck', 'no')
      return 'fine'
    })
    expect(await outer(aCall())).toBe('fine')
    await expect(outer(aCall({ params: 'bad' }))).rejects.toMatchObject({ code: 'no-luck' })
    await clock.move(5000)
    expect(clock.timers).toBe(0)
  })

  test('a handler that fails after its deadline disturbs nobody', async () => {
    let break_: (error: Error) => void = () => {}
    const broken = () =>
      new Promise((_, reject) => {
        break_ = reject
      })
    const { clock, outer } = setup({ default: 10 }, broken)
    const answer = outer(aCall())
    await Promise.all([expect(answer).rejects.toThrow('10 ms'), clock.move(50)])
    break_(new Error('late'))
    await settle()
  })

  test("a caller's cancel still reaches the handler", () => {
    const caller = new AbortController()
    const { outer, seen } = setup({ default: '1s' }, never)
    void (outer(aCall({ signal: caller.signal })) as Promise<unknown>).catch(() => {})
    const { signal } = seen[0]!
    expect(signal.aborted).toBe(false)
    caller.abort('left')
    expect(signal.reason).toBe('left')
  })

  test('many calls share one timer, and each ends in its own time', async () => {
    const { clock, outer, call } = setup({}, never)
    const ended: number[] = []
    for (const ms of [400, 100, 300, 200]) {
      ;(outer(call(ms)) as Promise<unknown>).catch(() => ended.push(ms))
      expect(clock.timers).toBe(1)
    }
    await clock.move(250)
    expect(ended).toEqual([100, 200])
    await clock.move(250)
    expect(ended).toEqual([100, 200, 300, 400])
    expect(clock.timers).toBe(0)
  })
})

describe('a stream under a deadline', () => {
  test('must begin in time, and is left when it does not', async () => {
    let left = 0
    const silent: Service = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          left++
          return { done: true, value: undefined }
        },
      }),
    })
    const { clock, outer, seen } = setup({ default: 100 }, silent)
    const stream = streamOf(outer, aCall({ kind: 'stream' }))
    const both = Promise.allSettled([stream.next(), stream.next()])
    await clock.move(200)
    expect(await both).toMatchObject([
      { status: 'rejected', reason: { code: 'deadline-exceeded' } },
      { status: 'rejected', reason: { code: 'deadline-exceeded' } },
    ])
    await expect(stream.next()).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await stream.return?.()
    expect(left).toBe(1)
    expect(seen[0]!.signal.aborted).toBe(true)
  })

  test('may last as long as it likes once it has begun', async () => {
    const { clock, outer, seen } = setup({ default: 100 }, async function* () {
      yield 1
      yield 2
    })
    const stream = streamOf(outer, aCall({ kind: 'stream' }))
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    await clock.move(10_000)
    expect(seen[0]!.signal.aborted).toBe(false)
    expect(seen[0]!.remaining()).toBe(Number.POSITIVE_INFINITY)
    expect(await stream.next()).toEqual({ done: false, value: 2 })
    expect(await stream.next()).toMatchObject({ done: true })
  })

  test('that fails or ends before its deadline leaves no timer behind', async () => {
    const { clock, outer } = setup({ default: 100 }, async function* () {
      if (clock.now() > 0) throw fail('no-luck', 'no')
      yield 1
    })
    const stream = streamOf(outer, aCall({ kind: 'stream' }))
    await expect(stream.next()).rejects.toMatchObject({ code: 'no-luck' })
    await clock.move(1000)
    expect(clock.timers).toBe(0)
  })

  test('that nobody reads is over at its deadline as well', async () => {
    const { clock, outer, seen } = setup({ default: 100 }, () => [1, 2, 3])
    const stream = streamOf(outer, aCall({ kind: 'stream' }))
    await clock.move(200)
    expect(seen[0]!.signal.aborted).toBe(true)
    await expect(stream.next()).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })
})
