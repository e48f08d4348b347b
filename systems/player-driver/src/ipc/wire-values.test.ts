import { expect, it } from 'vitest'
import { checkPlayerId, checkStatus, checkTextField } from '../domain/check.js'
import { codeOfText } from '../domain/errors.js'
import { defaultDriverLimits } from '../domain/limits.js'
import { emptyState, noTexts, type PlayerState } from '../domain/types.js'
import { readState, readTimeline, writeState, writeTimeline } from './wire-values.js'

const state: PlayerState = {
  status: 1,
  timeline: { positionMs: 83_000, updateUnixMs: 1_700_000_000_123, durationMs: 355_000, rate: 1 },
  texts: { title: 'Bohemian Rhapsody', artist: 'Queen', album: null, genre: 'Rock' },
}
const wire = {
  status: 1,
  timeline: {
    position_ms: 83_000,
    update_unix_ms: 1_700_000_000_123,
    duration_ms: 355_000,
    rate: 1,
  },
  texts: { title: 'Bohemian Rhapsody', artist: 'Queen', album: null, genre: 'Rock' },
}
const read = (value: unknown) => readState(value, defaultDriverLimits)

it('writes a state as generation 1 has it, and reads it back', () => {
  expect(writeState(state)).toEqual(wire)
  expect(read(wire)).toEqual(state)
  expect(writeTimeline(null)).toBeNull()
  expect(readTimeline(null)).toBeNull()
})

it('takes what a state leaves out as none', () => {
  expect(read({})).toEqual(emptyState)
  expect(read({ texts: { artist: 'A' } })).toEqual({
    ...emptyState,
    texts: { ...noTexts, artist: 'A' },
  })
})

it('takes 64-bit integers that came as bigints, as far as they are exact', () => {
  const timeline = { ...wire.timeline, position_ms: 83_000n, update_unix_ms: -5n }
  expect(readTimeline(timeline)).toMatchObject({ positionMs: 83_000, updateUnixMs: -5 })
  const huge = { ...wire.timeline, duration_ms: 2n ** 64n - 1n }
  expect(() => readTimeline(huge)).toThrow('invalid timeline duration_ms')
  expect(checkPlayerId(7n)).toBe(7)
  expect(checkStatus(15n)).toBe(15)
  expect(checkTextField(0x34n)).toBe(0x34)
})

const timeline = wire.timeline
it.each<[string, () => unknown, string]>([
  ['a state that is no map', () => read(7), 'invalid PlayerState: expected map'],
  ['a state that is an array', () => read([]), 'invalid PlayerState: expected map'],
  ['an unknown key of a state', () => read({ statsu: 1 }), 'invalid player state key: statsu'],
  ['a status that is text', () => read({ status: 'x' }), 'invalid FsctStatus: expected integer'],
  ['a status out of range', () => read({ status: 255 }), 'invalid status code: 255'],
  ['a status past a byte', () => read({ status: 257 }), 'invalid status code: 257'],
  ['texts that are no map', () => read({ texts: 5 }), 'invalid texts: texts must be map'],
  ['an unknown text', () => read({ texts: { titl: 'X' } }), 'invalid text key: titl'],
  ['a text of another type', () => read({ texts: { title: 1 } }), 'invalid title: must be string'],
  ['a timeline that is no map', () => readTimeline(5), 'invalid TimelineInfo: expected map or nil'],
  ['an unknown key of a timeline', () => readTimeline({ pos: 1 }), 'invalid timeline key: pos'],
  [
    'no position',
    () => readTimeline({ ...timeline, position_ms: undefined }),
    'timeline missing position_ms',
  ],
  [
    'no update time',
    () => readTimeline({ position_ms: 1, duration_ms: 1, rate: 1 }),
    'timeline missing update_unix_ms',
  ],
  [
    'no duration',
    () => readTimeline({ position_ms: 1, update_unix_ms: 1, rate: 1 }),
    'timeline missing duration_ms',
  ],
  [
    'no rate',
    () => readTimeline({ position_ms: 1, update_unix_ms: 1, duration_ms: 1 }),
    'timeline missing rate',
  ],
  [
    'a position that is text',
    () => readTimeline({ ...timeline, position_ms: '1' }),
    'invalid timeline position_ms: must be an integer',
  ],
  [
    'a player id that is text',
    () => checkPlayerId('1'),
    'invalid param: player_id must be integer',
  ],
  [
    'a player id that is nil',
    () => checkPlayerId(null),
    'invalid param: player_id must be integer',
  ],
])('refuses %s, in words whose code is known at the other end', (_, act, message) => {
  expect(act).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  expect(act).toThrow(message)
  expect(codeOfText(message)).toBe('invalid-argument')
})

it.each([
  ['unknown method: nope', 'unknown-method'],
  ['player_id 7 not registered for this connection', 'unknown-player'],
  ['Player not found', 'unknown-player'],
  ['player_id 7 not assigned to the device x', 'not-assigned'],
  ['Player not assigned to the device', 'not-assigned'],
  ['text has 5000 characters, the limit is 4096', 'too-large'],
  ['no more players: this connection has 2, the limit', 'resource-exhausted'],
  ['the driver is closed', 'unavailable'],
  ['register_player at local:fsct: the connection is closing', 'unavailable'],
  ['params not expected', 'invalid-argument'],
  ['expected 2 params: player_id, state', 'invalid-argument'],
  ['the cat sat on the mat', undefined],
])('knows the code of %j: %s', (text, code) => {
  expect(codeOfText(text)).toBe(code)
})
