// Part of the driver suite: what players do to devices, from the client's call to the device.
import { expect, it } from 'vitest'
import { clearedDevice } from '../domain/device-state.js'
import { noTexts, Status, TextField } from '../domain/types.js'
import type { Context } from './bench.js'
import { eventually } from './eventually.js'
import { RecordingDevice } from './recording-device.js'
import { eventsOf } from './suite-events.js'

const timeline = { positionMs: 5000, updateUnixMs: 1_700_000_000_000, durationMs: 60_000, rate: 1 }

export function deviceTests(context: () => Context): void {
  it('lists the attached devices and tells when they come and go', async () => {
    const { bench, driver } = context()
    const [first, second] = [new RecordingDevice('1'), new RecordingDevice('2')]
    let detachFirst = () => {}
    const events = await eventsOf(driver, async () => {
      detachFirst = bench.attach(first)
      bench.attach(second)
      await driver.devices()
    })
    expect(events).toEqual([
      { kind: 'device-added', device: first.info },
      { kind: 'device-added', device: second.info },
    ])
    expect(await driver.devices()).toEqual([first.info, second.info])
    const gone = await eventsOf(driver, async () => detachFirst())
    expect(gone).toEqual([{ kind: 'device-removed', device: first.info.id }])
    expect(await driver.devices()).toEqual([second.info])
  })

  it('brings a new device to the whole state at once', async () => {
    const { bench, driver } = context()
    const player = await driver.registerPlayer('mpv')
    const state = { status: Status.Paused, timeline, texts: { ...noTexts, title: 'T' } }
    await driver.updatePlayerState(player, state)
    await driver.updatePlayerMetadata(player, TextField.QueueTitle, 'next one')
    const device = new RecordingDevice('1')
    bench.attach(device)
    expect(device.updates).toEqual([{ ...state, queue: { ...noTexts, title: 'next one' } }])
  })

  it('clears a device that has no player', async () => {
    const { bench, driver } = context()
    const device = new RecordingDevice('1')
    bench.attach(device)
    expect(device.updates).toEqual([clearedDevice])
    const player = await driver.registerPlayer('mpv')
    await driver.updatePlayerMetadata(player, TextField.CurrentTitle, 'T')
    expect(device.state.texts.title).toBe('T')
    await driver.unregisterPlayer(player)
    expect(device.updates.at(-1)).toEqual({ texts: { title: null } })
    expect(device.state).toEqual(clearedDevice)
  })

  it('sends a device only what changed, and nothing when nothing did', async () => {
    const { bench, driver } = context()
    const device = new RecordingDevice('1')
    bench.attach(device)
    const player = await driver.registerPlayer('mpv')
    const state = {
      status: Status.Playing,
      timeline,
      texts: { ...noTexts, title: 'T', artist: 'A' },
    }
    await driver.updatePlayerState(player, state)
    device.updates.length = 0
    await driver.updatePlayerState(player, { ...state })
    await driver.updatePlayerStatus(player, Status.Playing)
    expect(device.updates).toEqual([])
    await driver.updatePlayerState(player, { ...state, texts: { ...state.texts, title: 'U' } })
    await driver.updatePlayerStatus(player, Status.Paused)
    await driver.updatePlayerTimeline(player, { ...timeline, positionMs: 6000 })
    await driver.updatePlayerMetadata(player, TextField.CurrentAuthor, null)
    expect(device.updates).toEqual([
      { texts: { title: 'U' } },
      { status: Status.Paused },
      { timeline: { ...timeline, positionMs: 6000 } },
      { texts: { artist: null } },
    ])
  })

  it('gives timeline and texts only to the devices that show the player', async () => {
    const { bench, driver } = context()
    const devices = [new RecordingDevice('1'), new RecordingDevice('2')] as const
    for (const device of devices) bench.attach(device)
    const players = [await driver.registerPlayer('a'), await driver.registerPlayer('b')] as const
    for (const [index, player] of players.entries()) {
      await driver.assignPlayerToDevice(player, (devices[index] as RecordingDevice).info.id)
    }
    for (const device of devices) device.updates.length = 0
    await driver.updatePlayerMetadata(players[0], TextField.CurrentTitle, 'first')
    await driver.updatePlayerTimeline(players[1], timeline)
    expect(devices[0].updates).toEqual([{ texts: { title: 'first' } }])
    expect(devices[1].updates).toEqual([{ timeline }])
  })

  it('moves a device to the player that starts, and back when it stops', async () => {
    const { bench, driver } = context()
    const device = new RecordingDevice('1')
    bench.attach(device)
    const [first, second] = [await driver.registerPlayer('a'), await driver.registerPlayer('b')]
    await driver.updatePlayerMetadata(first, TextField.CurrentTitle, 'first')
    await driver.updatePlayerMetadata(second, TextField.CurrentTitle, 'second')
    expect(device.state.texts.title).toBe('first')
    await driver.updatePlayerStatus(second, Status.Playing)
    expect(device.state.texts.title).toBe('second')
    await driver.updatePlayerStatus(second, Status.Paused)
    expect(device.state.texts.title).toBe('second')
    await driver.setPreferredPlayer(first)
    expect(device.state.texts.title).toBe('first')
    await driver.assignPlayerToDevice(second, device.info.id)
    expect(device.state.texts.title).toBe('first')
    await driver.updatePlayerStatus(second, Status.Playing)
    expect(device.state.texts.title).toBe('second')
  })

  it("clears a client's players from the devices when the client goes", async () => {
    const { bench, driver } = context()
    const device = new RecordingDevice('1')
    bench.attach(device)
    const other = await bench.connect()
    const player = await other.registerPlayer('mpv')
    await other.updatePlayerState(player, {
      status: 1,
      timeline,
      texts: { ...noTexts, title: 'T' },
    })
    expect(device.state.texts.title).toBe('T')
    await other.close()
    await eventually(() => expect(device.state).toEqual(clearedDevice))
    expect(await driver.players()).toEqual([])
  })
}
