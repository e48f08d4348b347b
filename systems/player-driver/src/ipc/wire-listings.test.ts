import { expect, it } from 'vitest'
import { deviceIdBytes, deviceIdOf } from '../domain/device-id.js'
import { clearedDevice, type DeviceUpdate } from '../domain/device-state.js'
import { DriverHost } from '../domain/host.js'
import { defaultDriverLimits } from '../domain/limits.js'
import { emptyState } from '../domain/types.js'
import { RecordingDevice } from '../testing/recording-device.js'
import {
  readDevice,
  readDeviceUpdate,
  readOffer,
  readPlayer,
  writeDevice,
  writeDeviceUpdate,
  writePlayer,
} from './wire-listings.js'
import { writeStatus } from './wire-status.js'

const { info } = new RecordingDevice('1')

it('carries a player there and back', () => {
  const player = { player: 1, selfId: 'mpv', state: emptyState, preferred: true }
  for (const assignedDevice of [null, info.id]) {
    expect(readPlayer(writePlayer({ ...player, assignedDevice }))).toEqual({
      ...player,
      assignedDevice,
    })
  }
})

it('carries a device there and back', () => {
  expect(readDevice(writeDevice(info))).toEqual(info)
})

it('makes the id of an offered device from what it is, and refuses another', () => {
  const { device_id: _, ...offer } = writeDevice(info)
  expect(readOffer(offer, defaultDriverLimits)).toEqual(info)
  expect(readOffer(writeDevice(info), defaultDriverLimits)).toEqual(info)
  const stranger = deviceIdBytes(deviceIdOf(1, 2, 'another'))
  expect(() => readOffer({ ...offer, device_id: stranger }, defaultDriverLimits)).toThrow(
    'invalid device_id: not the one of this vendor, product and serial number',
  )
})

it.each<[DeviceUpdate]>([
  [{}],
  [{ ...clearedDevice }],
  [{ status: 1 }],
  [{ timeline: null }],
  [{ timeline: { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 4 } }],
  [{ texts: { title: null }, queue: { artist: 'A' } }],
])('carries what changed on a device, and nothing else: %j', (update) => {
  expect(readDeviceUpdate(writeDeviceUpdate(update))).toEqual(update)
})

it('passes over parts of an update that it does not know', () => {
  expect(readDeviceUpdate({ status: 1, volume: 0.5 })).toEqual({ status: 1 })
})

it('tells in its status only what the caller may see', async () => {
  const host = new DriverHost()
  const [ada, bob] = [host.session({ uid: 1, pid: 10 }), host.session({ uid: 2, pid: 20 })]
  const hers = await ada.registerPlayer('hers')
  await bob.registerPlayer('his')
  host.attach(new RecordingDevice('1'))
  const loads = [ada, bob].map(({ owner }) => ({
    owner,
    devices: 0,
    subscriptions: 3,
    callsPerSecond: 1.5,
    speaks: 'json-rpc',
  }))
  const told = (uid: number) =>
    writeStatus(host.status(), loads, { pid: 4, uptimeMs: 5, sees: (owner) => owner.uid === uid })
  expect(told(1)).toMatchObject({
    protocol: { major: 1, minor: 0 },
    pid: 4,
    uptime_ms: 5,
    connections: [
      {
        uid: 1,
        pid: 10,
        players: 1,
        devices: 0,
        subscriptions: 3,
        calls_per_second: 1.5,
        speaks: 'json-rpc',
      },
    ],
    players: [{ player_id: hers, self_id: 'hers', owner: { uid: 1, pid: 10 } }],
    devices: [{ name: 'Device 1', shows: hers }],
  })
  expect(told(2).devices[0]?.shows).toBeNull()
  expect(told(3)).toMatchObject({ connections: [], players: [] })
})
