import { getEventListeners } from 'node:events'
import { systemClock } from 'tieline'
import { expect, it } from 'vitest'
import { aborted, untilFirst, wait } from './wait.js'

/** How many wait for a signal. */
const waiting = (of: readonly AbortController[]) =>
  of.map(({ signal }) => getEventListeners(signal, 'abort').length)

it('runs with a signal that fires with the first of several, and for its reason', async () => {
  const [one, two] = [new AbortController(), new AbortController()]
  const reason = await untilFirst([one.signal, two.signal], async (first) => {
    expect(first.aborted).toBe(false)
    two.abort(new Error('the second'))
    one.abort(new Error('too late'))
    return first.reason as Error
  })
  expect(reason.message).toBe('the second')
})

it('has fired already with one that had', async () => {
  const [one, two] = [new AbortController(), new AbortController()]
  two.abort('before')
  expect(await untilFirst([one.signal, two.signal], async (first) => first.reason)).toBe('before')
  await aborted(one.signal, two.signal)
  expect(waiting([one, two])).toEqual([0, 0])
})

it('leaves no listener behind, however it ends', async () => {
  const each = [new AbortController(), new AbortController()]
  const signals = each.map(({ signal }) => signal)
  await untilFirst(signals, async () => expect(waiting(each)).toEqual([1, 1]))
  const failing = untilFirst(signals, () => Promise.reject(new Error('it failed')))
  await expect(failing).rejects.toThrow('it failed')
  const done = Promise.all([
    aborted(...signals),
    wait(systemClock, 60_000, signals[0] as AbortSignal),
  ])
  expect(waiting(each)).toEqual([2, 1])
  each[0]?.abort()
  await done
  expect(waiting(each)).toEqual([0, 0])
})

it('waits as long as it is told when no signal fires', async () => {
  const { signal } = new AbortController()
  await wait(systemClock, 1, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
