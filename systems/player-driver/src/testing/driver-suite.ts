// What every FsctDriver does, in process or across a socket: one suite for all of them, so that a
// program cannot tell which one it holds.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Context, DriverBench } from './bench.js'
import { assignmentTests } from './suite-assignment.js'
import { closingTests } from './suite-closing.js'
import { deviceTests } from './suite-devices.js'
import { eventTests } from './suite-events.js'
import { refusalTests } from './suite-refusals.js'

export function driverSuite(name: string, start: () => Promise<DriverBench>): void {
  describe(name, () => {
    let context: Context
    beforeEach(async () => {
      const bench = await start()
      context = { bench, driver: await bench.connect() }
    })
    afterEach(() => context.bench.close())

    const current = () => context
    registrationTests(current)
    assignmentTests(current)
    refusalTests(current)
    eventTests(current)
    deviceTests(current)
    closingTests(current)
  })
}

function registrationTests(context: () => Context): void {
  it('speaks protocol version 1.0', async () => {
    expect(await context().driver.getProtocolVersion()).toEqual({ major: 1, minor: 0 })
  })

  it('gives each player an id of its own, from 1, and never one twice', async () => {
    const { bench, driver } = context()
    const other = await bench.connect()
    const first = await driver.registerPlayer('mpv')
    const second = await other.registerPlayer('mpv')
    await driver.unregisterPlayer(first)
    const third = await driver.registerPlayer('mpv')
    expect([first, second, third]).toEqual([1, 2, 3])
  })

  it('lists players with what they play, in the order of their registration', async () => {
    const { bench, driver } = context()
    const other = await bench.connect()
    const first = await driver.registerPlayer('one')
    const second = await other.registerPlayer('two')
    const state = {
      status: 1,
      timeline: { positionMs: 1, updateUnixMs: -2, durationMs: 3, rate: 0.5 },
      texts: { title: 'T', artist: 'Ä', album: null, genre: '' },
    } as const
    await other.updatePlayerState(second, state)
    await driver.setPreferredPlayer(second)
    expect(await driver.players()).toEqual([
      {
        player: first,
        selfId: 'one',
        state: {
          status: 15,
          timeline: null,
          texts: { title: null, artist: null, album: null, genre: null },
        },
        assignedDevice: null,
        preferred: false,
      },
      { player: second, selfId: 'two', state, assignedDevice: null, preferred: true },
    ])
  })

  it('lets calls take effect in the order in which they were made', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    const titles = Array.from({ length: 50 }, (_, index) => `title ${index}`)
    await Promise.all(titles.map((title) => driver.updatePlayerMetadata(player, 1, title)))
    const [listed] = await driver.players()
    expect(listed?.state.texts.title).toBe('title 49')
  })
}
