import { settled } from 'tieline/testing'
import { expect, it } from 'vitest'
import type { FsctDriver } from '../domain/driver.js'
import { DriverHost } from '../domain/host.js'
import { emptyState, noTexts, type PlayerState, Status } from '../domain/types.js'
import { PlayerPublisher } from './publisher.js'

const timeline = { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 1 }
const playing: PlayerState = {
  status: Status.Playing,
  timeline,
  texts: { ...noTexts, title: 'T', artist: 'A' },
}

/** A driver that notes its update calls and answers them when told. */
function slowDriver() {
  const driver = new DriverHost().session()
  const calls: unknown[][] = []
  let release: (() => void)[] = []
  const held = new Proxy(driver, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        if (!String(name).startsWith('update')) return method.apply(target, args)
        calls.push([name, ...args.slice(1)])
        await new Promise<void>((resolve) => release.push(resolve))
        return method.apply(target, args)
      }
    },
  }) as FsctDriver
  const answer = async () => {
    const waiting = release
    release = []
    for (const resolve of waiting) resolve()
    await settled()
  }
  return { driver: held, calls, answer, take: () => calls.splice(0) }
}

it('sends the smallest update that says what changed', async () => {
  const { driver, take, answer } = slowDriver()
  const publisher = await PlayerPublisher.register(driver, 'mpv')
  const steps: [PlayerState, unknown[]][] = [
    [playing, ['updatePlayerState', playing]],
    [{ ...playing, status: Status.Paused }, ['updatePlayerStatus', Status.Paused]],
    [{ ...playing, status: Status.Paused, timeline: null }, ['updatePlayerTimeline', null]],
    [
      {
        ...playing,
        status: Status.Paused,
        timeline: null,
        texts: { ...playing.texts, title: null },
      },
      ['updatePlayerMetadata', 1, null],
    ],
    [emptyState, ['updatePlayerState', emptyState]],
  ]
  for (const [state, call] of steps) {
    publisher.publish({ state, queue: noTexts })
    expect(take()).toEqual([call])
    await answer()
    publisher.publish({ state: { ...state }, queue: noTexts })
    expect(take()).toEqual([])
    await publisher.settled()
  }
})

it('sends the texts of what plays next one by one', async () => {
  const { driver, take } = slowDriver()
  const publisher = await PlayerPublisher.register(driver, 'mpv')
  publisher.publish({ state: emptyState, queue: { ...noTexts, title: 'N', artist: 'B' } })
  expect(take()).toEqual([
    ['updatePlayerMetadata', 0x31, 'N'],
    ['updatePlayerMetadata', 0x32, 'B'],
  ])
})

it('leaves out what was overtaken while an update was under way', async () => {
  const { driver, take, answer } = slowDriver()
  const publisher = await PlayerPublisher.register(driver, 'mpv')
  publisher.publish({ state: playing, queue: noTexts })
  for (const status of [Status.Paused, Status.Seeking, Status.Buffering]) {
    publisher.publish({ state: { ...playing, status }, queue: noTexts })
  }
  expect(take()).toHaveLength(1)
  await answer()
  expect(take()).toEqual([['updatePlayerStatus', Status.Buffering]])
  await answer()
  await publisher.settled()
  await publisher.unregister()
  expect(await driver.players()).toEqual([])
})

it('fires once with the first failure and sends nothing more', async () => {
  const { driver, take, answer } = slowDriver()
  const publisher = await PlayerPublisher.register(driver, 'mpv')
  publisher.publish({ state: playing, queue: noTexts })
  take()
  await driver.close()
  await answer()
  expect(publisher.failed.reason).toMatchObject({ code: 'unavailable' })
  publisher.publish({ state: emptyState, queue: noTexts })
  await publisher.settled()
  expect(take()).toEqual([])
})
