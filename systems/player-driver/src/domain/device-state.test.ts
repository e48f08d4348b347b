import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clearedDevice, type DeviceState, difference, merged, updated } from './device-state.js'
import { noTexts, Status } from './types.js'

const text = fc.option(fc.constantFrom('', 'a', 'b'))
const texts = fc.record({ title: text, artist: text, album: text, genre: text })
const state: fc.Arbitrary<DeviceState> = fc.record({
  status: fc.constantFrom(...Object.values(Status)),
  timeline: fc.option(
    fc.record({
      positionMs: fc.nat(2),
      updateUnixMs: fc.nat(2),
      durationMs: fc.nat(2),
      rate: fc.constantFrom(1, 2),
    }),
  ),
  texts,
  queue: texts,
})

it('finds no difference between equal states', () => {
  const timeline = { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 1 }
  const one: DeviceState = { status: Status.Playing, timeline, texts: noTexts, queue: noTexts }
  const same = { ...one, timeline: { ...timeline }, texts: { ...noTexts }, queue: { ...noTexts } }
  expect(difference(one, same)).toBeUndefined()
})

it('finds everything different from what is not known', () => {
  expect(difference(null, clearedDevice)).toEqual(clearedDevice)
})

it('tells each part that changed and no other', () => {
  const timeline = { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 1 }
  const before = clearedDevice
  expect(difference(before, { ...before, status: Status.Paused })).toEqual({ status: 2 })
  expect(difference(before, { ...before, timeline })).toEqual({ timeline })
  expect(difference({ ...before, timeline }, before)).toEqual({ timeline: null })
  for (const key of ['positionMs', 'updateUnixMs', 'durationMs', 'rate'] as const) {
    const other = { ...timeline, [key]: 9 }
    expect(difference({ ...before, timeline }, { ...before, timeline: other })).toEqual({
      timeline: other,
    })
  }
  const titled = { ...before, texts: { ...noTexts, title: 'T' } }
  expect(difference(before, titled)).toEqual({ texts: { title: 'T' } })
  expect(difference(titled, before)).toEqual({ texts: { title: null } })
  expect(difference(before, { ...before, queue: { ...noTexts, genre: '' } })).toEqual({
    queue: { genre: '' },
  })
})

it('leads from any state to any other, and says nothing twice', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const update = difference(before, after)
      expect(update ? updated(before, update) : before).toEqual(after)
      if (update) expect(difference(updated(before, update), after)).toBeUndefined()
    }),
  )
})

it('makes of two updates one that does the same', () => {
  fc.assert(
    fc.property(state, state, state, (first, second, third) => {
      const one = difference(first, second) ?? {}
      const two = difference(second, third) ?? {}
      expect(updated(first, merged(one, two))).toEqual(third)
    }),
  )
})
