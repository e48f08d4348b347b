// The per-user part between a user's programs and the driver: real sockets, and a driver that is
// restarted under it.
import { expect, it } from 'vitest'
import { atEnd } from '../../../../test/support/at-end.js'
import { DriverHost } from '../domain/host.js'
import { Status } from '../domain/types.js'
import { type DriverServer, serveDriver } from '../driver/server.js'
import { IpcDriver } from '../ipc/ipc-driver.js'
import { eventually } from '../testing/eventually.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { ownFolder } from '../testing/served.js'
import { demoWatcher } from '../watchers/demo.js'
import type { Watcher } from '../watchers/watcher.js'
import { runUserPart } from './user-part.js'

async function started(watchers: readonly Watcher[] = []) {
  const folder = await ownFolder()
  atEnd(folder.remove)
  const at = `unix:${folder.path}/driver.sock`
  const userAt = `unix:${folder.path}/user.sock`
  let server!: DriverServer
  const startDriver = async () => {
    server = await serveDriver(new DriverHost(), { at })
    return server.host
  }
  let host = await startDriver()
  atEnd(() => server.close())
  const notes: string[] = []
  const stop = new AbortController()
  const changes: string[] = []
  const listening = new Promise<void>((resolve) => {
    const running = runUserPart({
      driver: at,
      at: userAt,
      watchers,
      signal: stop.signal,
      listening: () => resolve(),
      told: ({ kind }) => changes.push(kind),
      note: (line) => notes.push(line),
    })
    atEnd(async () => {
      stop.abort()
      await running
    })
  })
  await listening
  await eventually(() => expect(changes).toContain('connected'))
  const client = async () => {
    const driver = await IpcDriver.connect({ at: userAt })
    atEnd(() => driver.close())
    return driver
  }
  return {
    changes,
    notes,
    client,
    driver: () => host,
    async restart() {
      await server.close()
      await eventually(() => expect(changes.at(-1)).toBe('lost'))
      host = await startDriver()
      await eventually(() => expect(changes.at(-1)).toBe('connected'))
      return host
    },
  }
}

const timeline = { positionMs: 1000, updateUnixMs: Date.now(), durationMs: 9000, rate: 1.5 }
const texts = { title: 'T', artist: 'A', album: null, genre: null }

/** What the driver has of the user's players. */
function players(host: DriverHost) {
  return host.status().players.map(({ selfId, state, assignedDevice, preferred, owner }) => ({
    selfId,
    title: state.texts.title,
    status: state.status,
    rate: state.timeline?.rate ?? null,
    assignedDevice,
    preferred,
    mine: owner.pid === process.pid,
  }))
}

it('forwards players, what they play, assignments and the preference to the driver', async () => {
  const { client, driver, notes } = await started()
  const device = new RecordingDevice('one')
  driver().attach(device)
  const mine = await client()
  await eventually(async () => expect(await mine.devices()).toEqual([device.info]))
  const player = await mine.registerPlayer('mine')
  await mine.updatePlayerState(player, { status: Status.Playing, timeline, texts })
  await mine.updatePlayerMetadata(player, 0x31, 'next')
  await mine.assignPlayerToDevice(player, device.info.id)
  await mine.setPreferredPlayer(player)
  const expected = {
    selfId: 'mine',
    title: 'T',
    status: Status.Playing,
    rate: 1.5,
    assignedDevice: device.info.id,
    preferred: true,
    mine: true,
  }
  await eventually(() => expect(players(driver())).toEqual([expected]))
  await eventually(() => expect(device.state.queue.title).toBe('next'))
  expect(device.state.texts).toEqual(texts)
  await mine.setPreferredPlayer(null)
  await mine.unassignPlayerFromDevice(player, device.info.id)
  await eventually(() =>
    expect(players(driver())).toEqual([{ ...expected, assignedDevice: null, preferred: false }]),
  )
  await mine.close()
  await eventually(() => expect(players(driver())).toEqual([]))
  expect(notes).toEqual([])
})

it('registers its players again, as they are by then, when the driver was restarted', async () => {
  const { client, driver, restart, changes } = await started([demoWatcher()])
  const mine = await client()
  const device = new RecordingDevice('one')
  const player = await mine.registerPlayer('mine')
  await mine.updatePlayerState(player, { status: Status.Paused, timeline, texts })
  await mine.updatePlayerMetadata(player, 0x31, 'next')
  await mine.assignPlayerToDevice(player, device.info.id)
  await mine.setPreferredPlayer(player)
  await eventually(() => expect(players(driver())).toHaveLength(2))
  const host = await restart()
  await mine.updatePlayerStatus(player, Status.Playing)
  await eventually(() =>
    expect(players(host)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ selfId: 'demo', status: Status.Playing }),
        {
          selfId: 'mine',
          title: 'T',
          status: Status.Playing,
          rate: 1.5,
          assignedDevice: device.info.id,
          preferred: true,
          mine: true,
        },
      ]),
    ),
  )
  host.attach(device)
  await eventually(() => expect(device.state.queue.title).toBe('next'))
  await eventually(async () => expect(await mine.devices()).toEqual([device.info]))
  expect(changes).toEqual(['connected', 'lost', 'connected'])
})

it('waits for a driver that is not there yet, and forwards what came meanwhile', async () => {
  const folder = await ownFolder()
  atEnd(folder.remove)
  const at = `unix:${folder.path}/driver.sock`
  const stop = new AbortController()
  const changes: string[] = []
  const running = runUserPart({
    driver: at,
    at: `unix:${folder.path}/user.sock`,
    watchers: [demoWatcher()],
    signal: stop.signal,
    told: ({ kind }) => changes.push(kind),
  })
  atEnd(async () => {
    stop.abort()
    await running
  })
  await eventually(() => expect(changes).toEqual(['waiting']))
  const server = await serveDriver(new DriverHost(), { at })
  atEnd(() => server.close())
  await eventually(() =>
    expect(players(server.host)).toMatchObject([{ selfId: 'demo', status: Status.Playing }]),
  )
  expect(changes).toEqual(['waiting', 'connected'])
})

it('keeps devices in step with the driver', async () => {
  const { client, driver, restart } = await started()
  const mine = await client()
  const device = new RecordingDevice('one')
  const detach = driver().attach(device)
  await eventually(async () => expect(await mine.devices()).toEqual([device.info]))
  detach()
  await eventually(async () => expect(await mine.devices()).toEqual([]))
  driver().attach(device)
  await eventually(async () => expect(await mine.devices()).toHaveLength(1))
  await restart()
  await eventually(async () => expect(await mine.devices()).toEqual([]))
})
