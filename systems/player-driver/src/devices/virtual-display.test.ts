import { expect, it } from 'vitest'
import { DriverHost } from '../domain/host.js'
import { noTexts, Status } from '../domain/types.js'
import { VirtualDisplay, virtualDisplayInfo } from './virtual-display.js'

const START = 1_700_000_000_000

function displayAt(start: number) {
  let now = start
  const changes: number[] = []
  const changed = () => changes.push(now)
  const display = new VirtualDisplay({ serialNumber: 'test', now: () => now, changed })
  return { display, changes, turn: (ms: number) => (now += ms) }
}

it('is the same device whenever it has the same serial number', () => {
  expect(virtualDisplayInfo('kitchen')).toEqual(virtualDisplayInfo('kitchen', 'Terminal display'))
  expect(virtualDisplayInfo('kitchen').id).not.toBe(virtualDisplayInfo('hall').id)
})

it('shows nothing before it is told anything', () => {
  expect(displayAt(START).display.shown()).toEqual({
    status: Status.Unknown,
    texts: noTexts,
    queue: noTexts,
    positionMs: null,
    durationMs: null,
    rate: 0,
  })
})

it('runs through a whole track on one message', async () => {
  const { display, changes, turn } = displayAt(START)
  const host = new DriverHost()
  host.attach(display)
  const driver = host.session()
  const player = await driver.registerPlayer('mpv')
  const before = changes.length
  await driver.updatePlayerState(player, {
    status: Status.Playing,
    timeline: { positionMs: 0, updateUnixMs: START, durationMs: 180_000, rate: 1 },
    texts: { ...noTexts, title: 'T' },
  })
  const positions = [0, 1000, 59_000, 180_000].map((ms) => {
    turn(ms)
    return display.shown().positionMs
  })
  expect(positions).toEqual([0, 1000, 60_000, 180_000])
  expect(changes.length - before).toBe(1)
})

it('stands where it is when a player tells a pause without a position, and goes on from there', () => {
  const { display, turn } = displayAt(START)
  const timeline = { positionMs: 0, updateUnixMs: START, durationMs: 60_000, rate: 1 }
  display.apply({ status: Status.Playing, timeline })
  turn(5000)
  display.apply({ status: Status.Paused })
  turn(5000)
  expect(display.shown()).toMatchObject({ positionMs: 5000, rate: 0, status: Status.Paused })
  display.apply({ status: Status.Playing })
  turn(1000)
  expect(display.shown()).toMatchObject({ positionMs: 6000, rate: 1 })
})

it('takes the position that comes with a status', () => {
  const { display, turn } = displayAt(START)
  const timeline = { positionMs: 0, updateUnixMs: START, durationMs: 0, rate: 1 }
  display.apply({ status: Status.Playing, timeline })
  turn(5000)
  display.apply({ status: Status.Paused, timeline: { ...timeline, positionMs: 1234 } })
  expect(display.shown()).toMatchObject({ positionMs: 1234, durationMs: null })
  display.apply({ timeline: null })
  expect(display.shown().positionMs).toBeNull()
})

it('knows when the driver has let go of it', () => {
  const { display, changes } = displayAt(START)
  const detach = new DriverHost().attach(display)
  expect(display.attached).toBe(true)
  const before = changes.length
  detach()
  detach()
  expect([display.attached, changes.length - before]).toEqual([false, 1])
})
