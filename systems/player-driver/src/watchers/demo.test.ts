import { settled } from 'tieline/testing'
import { expect, it } from 'vitest'
import { DriverHost } from '../domain/host.js'
import { Status } from '../domain/types.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { UnixClock } from '../testing/unix-clock.js'
import { demoWatcher } from './demo.js'
import { demoPlaylist } from './playlist.js'

function bench() {
  const clock = new UnixClock()
  const host = new DriverHost()
  const device = new RecordingDevice('1')
  host.attach(device)
  const stop = new AbortController()
  return { clock, host, device, stop, driver: host.session() }
}

it('plays the playlist through, telling only the tracks', async () => {
  const { clock, device, driver, stop } = bench()
  const { unixNow } = clock
  const run = demoWatcher({ clock, unixNow }).run(driver, stop.signal)
  await settled()
  expect(device.state).toMatchObject({
    status: Status.Playing,
    timeline: { positionMs: 0, updateUnixMs: clock.startUnixMs, durationMs: 42_000, rate: 1 },
    texts: { title: 'Morning at the Socket' },
    queue: { title: '夜のシグナル' },
  })
  const titles = new Set<string | null>()
  const before = device.updates.length
  for (let second = 0; second < 216; second++) {
    await clock.pass(1000)
    titles.add(device.state.texts.title)
  }
  expect([...titles]).toEqual(demoPlaylist.map((track) => track.title))
  // For each track its state and up to four texts of the next; nothing per second.
  expect(device.updates.length - before).toBeLessThanOrEqual(5 * 5)
  stop.abort()
  await run
  expect(await driver.players()).toEqual([])
  expect(clock.timers).toBe(0)
})

it('pauses once in each track when told to', async () => {
  const { clock, device, driver, stop } = bench()
  const pause = { atMs: 5000, forMs: 2000 }
  const run = demoWatcher({ clock, unixNow: clock.unixNow, pause }).run(driver, stop.signal)
  const seen: unknown[] = []
  for (let second = 0; second < 8; second++) {
    await clock.pass(1000)
    seen.push([device.state.status, device.state.timeline?.positionMs])
  }
  expect(seen.slice(3, 7)).toEqual([
    [Status.Playing, 0],
    [Status.Playing, 0],
    [Status.Paused, 5000],
    [Status.Paused, 5000],
  ])
  expect(device.state.status).toBe(Status.Playing)
  expect(device.state.timeline?.positionMs).toBeGreaterThanOrEqual(5000)
  stop.abort()
  await run
})

it('rejects when the driver is lost, leaving no timer', async () => {
  const { clock, driver, stop } = bench()
  const run = demoWatcher({ clock, unixNow: clock.unixNow }).run(driver, stop.signal)
  await settled()
  await driver.close()
  const lost = expect(run).rejects.toMatchObject({ code: 'unavailable' })
  await clock.pass(43_000)
  await lost
  expect(clock.timers).toBe(0)
})

it('ends at once when its signal has fired already', async () => {
  const { clock, driver } = bench()
  await demoWatcher({ clock }).run(driver, AbortSignal.abort())
  expect(await driver.players()).toEqual([])
})
