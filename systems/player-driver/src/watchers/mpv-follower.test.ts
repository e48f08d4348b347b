import { TielineError } from 'tieline'
import { settled } from 'tieline/testing'
import { expect, it } from 'vitest'
import { Status } from '../domain/types.js'
import * as session from '../testing/mpv-session.js'
import { UnixClock } from '../testing/unix-clock.js'
import { MpvFollower } from './mpv-follower.js'
import { MPV_PROPERTIES } from './mpv-state.js'
import type { Publication } from './publisher.js'

/** A follower of an mpv whose properties the test sets. */
function bench(properties: Record<string, unknown> = {}) {
  const clock = new UnixClock()
  const published: Publication[] = []
  const asked: string[] = []
  const failures: unknown[] = []
  const follower = new MpvFollower({
    ask: async (command, args) => {
      asked.push([command, ...args].join(' '))
      if (command !== 'get_property') return null
      const value = properties[String(args[0])]
      if (value instanceof Error) throw value
      if (value !== undefined) return value
      throw new TielineError('property-unavailable', 'property unavailable', { origin: 'remote' })
    },
    publish: (publication) => published.push(publication),
    failed: (error) => failures.push(error),
    clock,
    unixNow: clock.unixNow,
  })
  const tell = (...parts: string[][]) => {
    for (const line of parts.flat()) {
      const { event, ...params } = JSON.parse(line) as { event: string }
      follower.take({ method: event, params })
    }
  }
  const take = () => published.splice(0)
  return { clock, follower, tell, take, asked: () => asked.splice(0), failures, properties }
}

it('observes its properties', async () => {
  const { follower, asked } = bench()
  await follower.start()
  expect(asked()).toEqual(
    MPV_PROPERTIES.map((name, index) => `observe_property ${index + 1} ${name}`),
  )
})

it('publishes one state for a burst of events, with the position that mpv was asked for', async () => {
  const { clock, tell, take } = bench({ 'playback-time': 0.25 })
  tell(session.idleStart)
  await clock.pass(100)
  expect(take()).toHaveLength(1)
  tell(session.firstFile)
  await settled()
  await clock.pass(100)
  expect(take()).toMatchObject([
    {
      state: {
        status: Status.Playing,
        timeline: { positionMs: 250, updateUnixMs: clock.startUnixMs + 100, durationMs: 6000 },
        texts: { title: 'First Song' },
      },
    },
  ])
  await clock.pass(5000)
  expect(take()).toEqual([])
})

it('shows nothing of the moments between two files', async () => {
  const { clock, tell, take } = bench({ 'playback-time': 0 })
  tell(session.idleStart, session.firstFile)
  await clock.pass(100)
  take()
  tell(session.secondFile)
  await clock.pass(1000)
  expect(take().map((publication) => publication.state.status)).toEqual([Status.Playing])
})

it('tells what plays next by its title or its file name', async () => {
  const { clock, tell, take, properties } = bench({
    'playback-time': 0,
    'playlist/1': { filename: '/music/b.mp3', id: 2 },
  })
  tell(session.idleStart, session.firstFile, session.moreFiles)
  await clock.pass(100)
  expect(take().at(-1)?.queue.title).toBe('b.mp3')
  properties['playlist/2'] = { filename: '/music/c.wav', title: 'Third' }
  tell(session.secondFile)
  await clock.pass(100)
  expect(take().at(-1)?.queue.title).toBe('Third')
  tell(session.missingFile)
  await clock.pass(100)
  expect(take().at(-1)?.queue.title).toBeNull()
})

it('sees now and then that the playlist was put in another order', async () => {
  const { clock, follower, tell, take, properties } = bench({
    'playback-time': 0,
    'playlist/1': { filename: '/music/b.mp3' },
  })
  await follower.start()
  tell(session.idleStart, session.firstFile, session.moreFiles)
  await clock.pass(100)
  properties['playlist/1'] = { filename: '/music/d.mp3' }
  properties['playback-time'] = 10
  take()
  await clock.pass(10_000)
  await clock.pass(100)
  expect(take().at(-1)?.queue.title).toBe('d.mp3')
})

it('takes no answer about an earlier file', async () => {
  const { clock, tell, take, properties } = bench({ 'playback-time': 5.9 })
  tell(session.idleStart, session.firstFile)
  // The position is asked for; before the answer the next file has begun and is at its start.
  tell(['{"event":"start-file","playlist_entry_id":2}'])
  properties['playback-time'] = undefined
  await clock.pass(100)
  expect(take().at(-1)?.state).toMatchObject({ status: Status.Buffering, timeline: null })
})

it('has no timeline where mpv has no position', async () => {
  const { clock, tell, take, failures } = bench()
  tell(session.idleStart, session.firstFile)
  await clock.pass(100)
  expect(take().at(-1)?.state).toMatchObject({ status: Status.Playing, timeline: null })
  expect(failures).toEqual([])
})

it('compares the position now and then, and tells it only when it is off', async () => {
  const { clock, follower, tell, take, asked, properties } = bench({ 'playback-time': 0 })
  await follower.start()
  tell(session.idleStart, session.firstFile)
  await clock.pass(100)
  take()
  asked()
  properties['playback-time'] = 10
  await clock.pass(10_000)
  expect([asked(), take()]).toEqual([['get_property playback-time'], []])
  properties['playback-time'] = 19
  await clock.pass(10_000)
  await clock.pass(100)
  expect(asked()).toHaveLength(2)
  expect(take()).toMatchObject([{ state: { timeline: { positionMs: 19_000 } } }])
})

it('shows no next file where the playlist has become shorter meanwhile', async () => {
  const gone = new TielineError('unknown-property', 'property not found', { origin: 'remote' })
  const { clock, tell, take, failures } = bench({ 'playback-time': 0, 'playlist/1': gone })
  tell(session.idleStart, session.firstFile, session.moreFiles)
  await clock.pass(100)
  expect(take().at(-1)).toMatchObject({ state: { status: Status.Playing }, queue: { title: null } })
  expect(failures).toEqual([])
})

it('asks for nothing while mpv is idle', async () => {
  const { clock, follower, tell, asked } = bench()
  await follower.start()
  asked()
  tell(session.idleStart)
  await clock.pass(60_000)
  expect(asked()).toEqual([])
})

it('tells once that mpv is lost, and publishes nothing after', async () => {
  const lost = new TielineError('connection-lost', 'gone', { origin: 'channel' })
  const { clock, follower, tell, take, failures } = bench({ 'playback-time': lost })
  await follower.start()
  tell(session.idleStart, session.firstFile)
  await settled()
  tell(session.pause)
  await clock.pass(60_000)
  expect([failures, take(), clock.timers]).toEqual([[lost], [], 0])
})

it('leaves no timer when it is stopped', async () => {
  const { clock, follower, tell, take } = bench({ 'playback-time': 1 })
  await follower.start()
  tell(session.idleStart, session.firstFile)
  follower.stop()
  await clock.pass(60_000)
  expect([take(), clock.timers]).toEqual([[], 0])
})
