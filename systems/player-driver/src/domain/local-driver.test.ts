// The driver in this process passes the suite of all drivers, and keeps users apart.
import { expect, it } from 'vitest'
import { driverSuite } from '../testing/driver-suite.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { clearedDevice } from './device-state.js'
import { DriverHost } from './host.js'
import { PlayerTable } from './players.js'

driverSuite('LocalDriver', async () => {
  const host = new DriverHost()
  return {
    connect: async () => host.session(),
    attach: (device) => host.attach(device),
    close: () => host.close(),
  }
})

it('shows and offers a user the players of that user only; root sees all', async () => {
  const host = new DriverHost()
  const [ada, bob, root] = [1000, 1001, 0].map((uid) => host.session({ uid }))
  if (!ada || !bob || !root) throw new Error('no sessions')
  const stream = await ada.subscribe()
  const hers = await ada.registerPlayer('hers')
  const his = await bob.registerPlayer('his')
  await ada.unregisterPlayer(hers)
  expect(await stream.next()).toMatchObject({ value: { kind: 'registered', player: hers } })
  expect(await stream.next()).toMatchObject({ value: { kind: 'unregistered', player: hers } })
  expect(await ada.players()).toEqual([])
  expect((await root.players()).map((info) => info.player)).toEqual([his])
  await expect(ada.setPreferredPlayer(his)).rejects.toMatchObject({ code: 'unknown-player' })
  await root.setPreferredPlayer(his)
  expect(await bob.getPreferredPlayer()).toBe(his)
  await host.close()
})

it("shows on a user's device that user's players only, and on the machine's own everybody's", async () => {
  const host = new DriverHost()
  const [ada, bob] = [{ uid: 1000 }, { uid: 1001 }]
  const [hers, machines] = [new RecordingDevice('hers'), new RecordingDevice('machine')]
  host.attach(hers, ada)
  host.attach(machines)
  const session = host.session(bob)
  const player = await session.registerPlayer('his')
  await session.updatePlayerMetadata(player, 1, 'secret')
  await session.assignPlayerToDevice(player, hers.info.id)
  expect(hers.state).toEqual(clearedDevice)
  expect(host.shownOn(hers.info.id)).toBeNull()
  expect(machines.state.texts.title).toBe('secret')
  await host.session(ada).registerPlayer('hers')
  expect(host.shownOn(hers.info.id)).toBe(2)
})

it('refuses more players than a connection may have', async () => {
  const host = new DriverHost({ limits: { playersPerSession: 2, streamsPerSession: 1 } })
  const driver = host.session()
  const first = await driver.registerPlayer('1')
  await driver.registerPlayer('2')
  await expect(driver.registerPlayer('3')).rejects.toMatchObject({
    code: 'resource-exhausted',
    message: 'no more players: this connection has 2, the limit',
  })
  await driver.unregisterPlayer(first)
  await driver.registerPlayer('3')
  const stream = await driver.subscribe()
  await expect(driver.subscribe()).rejects.toMatchObject({ code: 'resource-exhausted' })
  await stream.return()
  await driver.subscribe()
  await host.close()
})

it('refuses a player past the last id instead of giving one again', () => {
  const table = new PlayerTable(() => {}, 2 ** 32 - 1)
  const owner = {}
  expect(table.register(owner, 'last')).toBe(2 ** 32 - 1)
  table.unregister(owner, 2 ** 32 - 1)
  expect(() => table.register(owner, 'one more')).toThrow(
    'no more player ids: 4294967295 players were registered since the start',
  )
})

it('refuses a second device of the same id, and does not let the first one detach the next', () => {
  const host = new DriverHost()
  const [first, second] = [new RecordingDevice('same'), new RecordingDevice('same')]
  const detach = host.attach(first)
  expect(() => host.attach(second)).toThrow(`device ${first.info.id} is attached already`)
  detach()
  expect(first.detachedTimes).toBe(1)
  host.attach(second)
  detach()
  expect([first.detachedTimes, second.detachedTimes]).toEqual([1, 0])
  expect(host.shownOn(second.info.id)).toBeNull()
})

it('refuses more devices than its limit', () => {
  const host = new DriverHost({ limits: { devices: 1 } })
  host.attach(new RecordingDevice('1'))
  expect(() => host.attach(new RecordingDevice('2'))).toThrow('no more devices: 1 are attached')
})

it('reports a device that throws and goes on with the others', async () => {
  const failures: unknown[] = []
  const host = new DriverHost({
    deviceFailed: (device, error) => failures.push([device.id, error]),
  })
  const faulty = new RecordingDevice('faulty')
  const error = new Error('no power')
  faulty.apply = () => {
    throw error
  }
  const sound = new RecordingDevice('sound')
  host.attach(faulty)
  host.attach(sound)
  const driver = host.session()
  const player = await driver.registerPlayer('mpv')
  await driver.updatePlayerMetadata(player, 1, 'T')
  expect(sound.state.texts.title).toBe('T')
  expect(failures).toEqual([
    [faulty.info.id, error],
    [faulty.info.id, error],
  ])
})

it('tells its operator everything: sessions, players with their owners, devices with what they show', async () => {
  const host = new DriverHost()
  const driver = host.session({ label: 'mpv watcher', uid: 1000, pid: 42 })
  const device = new RecordingDevice('1')
  host.attach(device)
  const player = await driver.registerPlayer('mpv')
  const owner = { label: 'mpv watcher', uid: 1000, pid: 42 }
  expect(host.status()).toMatchObject({
    sessions: [owner],
    players: [{ player, selfId: 'mpv', owner }],
    devices: [{ id: device.info.id, shows: player }],
  })
  await host.close()
  expect(host.status()).toEqual({ sessions: [], players: [], devices: [] })
  expect(device.detachedTimes).toBe(1)
  expect(() => host.session()).toThrow('the driver is closed')
})
