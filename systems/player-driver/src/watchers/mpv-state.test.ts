import { expect, it } from 'vitest'
import { noTexts, Status } from '../domain/types.js'
import * as session from '../testing/mpv-session.js'
import {
  afterEvent,
  expectedPosition,
  initialMpv,
  type MpvEvent,
  type MpvState,
  millisecondsOf,
  movesPosition,
  mpvPublication,
} from './mpv-state.js'

function event(line: string): MpvEvent {
  const { event, ...params } = JSON.parse(line) as { event: string }
  return { method: event, params }
}

/** The state after these lines, and how often the position was to be asked for. */
function after(state: MpvState, ...parts: string[][]): [MpvState, number] {
  let asked = 0
  let now = state
  for (const line of parts.flat()) {
    const next = afterEvent(now, event(line))
    if (movesPosition(now, next, event(line))) asked += 1
    now = next
  }
  return [now, asked]
}

const statusOf = (state: MpvState) => mpvPublication(state).state.status
const change = (name: string, data: unknown): string =>
  JSON.stringify({ event: 'property-change', name, data })

const [idle] = after(initialMpv, session.idleStart)
const [playing] = after(idle, session.firstFile)

it('is stopped, with nothing, while mpv is idle', () => {
  expect(mpvPublication(idle)).toEqual({
    state: { status: Status.Stopped, timeline: null, texts: noTexts },
    queue: noTexts,
  })
})

it('plays a file with its tags', () => {
  const position = { positionMs: 12, unixMs: 1000.4 }
  expect(mpvPublication({ ...playing, position })).toEqual({
    state: {
      status: Status.Playing,
      timeline: { positionMs: 12, updateUnixMs: 1000, durationMs: 6000, rate: 1 },
      texts: { title: 'First Song', artist: 'Ada L', album: 'Engines', genre: 'Math' },
    },
    queue: noTexts,
  })
})

it('has no timeline until mpv told a position', () => {
  expect(mpvPublication(playing).state.timeline).toBeNull()
})

it('follows pause, seek and speed, and asks for the position at each', () => {
  const [paused, atPause] = after(playing, session.pause)
  expect([statusOf(paused), atPause > 0]).toEqual([Status.Paused, true])
  const [seeking] = after(paused, session.seekWhilePaused.slice(0, 2))
  expect(statusOf(seeking)).toBe(Status.Seeking)
  const [sought, atSeek] = after(paused, session.seekWhilePaused)
  expect([statusOf(sought), atSeek]).toEqual([Status.Paused, 1])
  const [again, atGoOn] = after(sought, session.goOn)
  expect([statusOf(again), atGoOn > 0]).toEqual([Status.Playing, true])
  const [fast, atSpeed] = after(again, session.twiceTheSpeed)
  expect([fast.speed, atSpeed]).toEqual([2, 1])
  const [later, atJump] = after(fast, session.seekWhilePlaying)
  expect([statusOf(later), atJump > 0]).toEqual([Status.Playing, true])
})

it('asks for nothing while nothing happens', () => {
  expect(after(playing, [change('media-title', 'Live: next song')])[1]).toBe(0)
  expect(after(idle, [change('speed', 2)])[1]).toBe(0)
})

it('buffers while a file is loading and while the cache is empty', () => {
  const [loading] = after(idle, session.firstFile.slice(0, 6))
  expect([statusOf(loading), mpvPublication(loading).state.texts.title]).toEqual([
    Status.Buffering,
    'a.flac',
  ])
  expect(statusOf({ ...playing, buffering: true })).toBe(Status.Buffering)
  expect(statusOf({ ...playing, coreIdle: true })).toBe(Status.Buffering)
})

it('forgets the old file when the next begins', () => {
  const position = { positionMs: 6000, unixMs: 0 }
  const begun = afterEvent({ ...playing, position }, event('{"event":"start-file"}'))
  expect(mpvPublication(begun).state).toMatchObject({
    timeline: null,
    texts: { artist: null, album: null, genre: null },
  })
  const [next] = after({ ...playing, position }, session.secondFile)
  expect(mpvPublication(next).state).toMatchObject({
    status: Status.Playing,
    texts: { title: 'Zweites Stück ♫ 音楽', artist: 'Bob', album: null },
  })
  expect(next.durationMs).toBe(4049)
})

it('is in error after a file that cannot be played, until the next', () => {
  const [failed] = after(playing, session.missingFile)
  expect(mpvPublication(failed).state).toEqual({
    status: Status.Error,
    timeline: null,
    texts: noTexts,
  })
  const [again] = after(failed, session.firstFile)
  expect(statusOf(again)).toBe(Status.Playing)
})

it.each([
  [
    { ARTIST: 'Upper', Album: 'Mixed' },
    { artist: 'Upper', album: 'Mixed' },
  ],
  [{ album_artist: 'Of the album' }, { artist: 'Of the album' }],
  [
    { artist: '', genre: ' ' },
    { artist: null, genre: null },
  ],
  [
    { 'icy-title': 'Band - Song - Live', 'icy-name': 'Radio' },
    { artist: 'Band', title: 'Song - Live', album: 'Radio' },
  ],
  [{ 'icy-title': 'News' }, { artist: null, title: 'First Song' }],
  [
    { artist: 7, album: null },
    { artist: null, album: null },
  ],
  [null, { artist: null, album: null, genre: null }],
])('reads tags %j as %j', (tags, texts) => {
  const [state] = after(playing, [change('metadata', tags)])
  expect(mpvPublication(state).state.texts).toMatchObject(texts)
})

it('cuts a text that a driver would refuse', () => {
  const [state] = after(playing, [change('media-title', 'x'.repeat(100_000))])
  expect(mpvPublication(state).state.texts.title).toHaveLength(4096)
})

it('expects the position to go on with the clock while mpv plays', () => {
  const at = { ...playing, speed: 2, position: { positionMs: 1000, unixMs: 5000 } }
  expect(expectedPosition(at, 5500)).toBe(2000)
  expect(expectedPosition({ ...at, paused: true }, 5500)).toBe(1000)
  expect(expectedPosition(playing, 5500)).toBeUndefined()
})

it.each([
  [1.2345, 1235],
  [-0.02, 0],
  [null, undefined],
  ['1', undefined],
  [Number.NaN, undefined],
])('takes %j seconds as %j ms', (seconds, ms) => {
  expect(millisecondsOf(seconds)).toBe(ms)
})

it('leaves the state alone on what it does not know', () => {
  expect(afterEvent(playing, { method: 'client-message', params: {} })).toBe(playing)
  const unknown = { method: 'property-change', params: { name: '__proto__', data: {} } }
  expect(afterEvent(playing, unknown)).toEqual(playing)
})
