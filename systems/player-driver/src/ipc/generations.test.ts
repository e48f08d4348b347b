// The three generations of the wire through one client: each passes the suite of all drivers, the
// client finds out which one it speaks, and generation 3 compares clocks.
import { call, contract, fail, jsonRpc, msgpackRpc, serve, type } from 'tieline'
import { afterEach, describe, expect, it } from 'vitest'
import { Status, TextField } from '../domain/types.js'
import { driverSuite } from '../testing/driver-suite.js'
import { eventually } from '../testing/eventually.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { ownFolder, servedDriver } from '../testing/served.js'
import { IpcDriver } from './ipc-driver.js'
import { timeOffset } from './time-sync.js'

/** Clocks that stand, so that what is turned into monotonic time and back is the same again. */
const standing = { wallNs: () => 1_700_000_000_000_000_000, monoNs: () => 9_000_000_000 }
/** The same moment, on a machine whose monotonic clock began at another time. */
const shifted = { ...standing, monoNs: () => 2_000_000_000 }

for (const generation of [2, 3] as const) {
  driverSuite(`IpcDriver, generation ${generation}`, async () => {
    const served = await servedDriver({ server: { times: standing } })
    return {
      connect: () => served.connect({ generation, times: shifted }),
      attach: (device) => served.server.host.attach(device),
      close: () => served.close(),
    }
  })
}

/** Clocks that stand: however long an answer takes, two readings agree. */
const still = { wallNs: () => 1.7e18, monoNs: () => 0 }

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function started() {
  const served = await servedDriver()
  ends.push(() => served.close())
  return served
}

/** What the shipped product answers, and nothing of ours; without time sync it is generation 2. */
async function shippedDriver(options: { timesync?: boolean; version?: unknown } = {}) {
  const folder = await ownFolder()
  const said: [string, unknown][] = []
  const any = { input: type<unknown>(), output: type<unknown>() }
  const shipped = contract({
    name: 'shipped',
    version: '1.0',
    methods: {
      get_protocol_version: call(any),
      get_timesync: call(any),
      register_player: call(any),
      update_player_metadata: call(any),
      update_player_timeline: call(any),
      get_detected_devices: call(any),
      get_device_info: call(any),
    },
  })
  const id = new RecordingDevice('shipped').info.id
  const take = (name: string) => (params: unknown) => {
    said.push([name, params])
    return null
  }
  const handlers = {
    get_protocol_version: () => options.version ?? { major: 1, minor: 0 },
    get_timesync: () => {
      if (options.timesync) return { wall_ns: still.wallNs(), mono_ns: 1e12 }
      throw fail('unknown-method', 'unknown method: get_timesync')
    },
    register_player: () => 7,
    update_player_metadata: (params: unknown) => {
      const { metadata_id } = params as { metadata_id: string }
      if (metadata_id.startsWith('queue')) {
        throw fail('remote-error', `invalid metadata_id: ${metadata_id}`)
      }
      return take('update_player_metadata')(params)
    },
    update_player_timeline: take('update_player_timeline'),
    get_detected_devices: () => [id],
    get_device_info: () => ({ id, vendor_id: 0xfffe, product_id: 0x7e57 }),
  }
  const at = `unix:${folder.path}/fsct.sock`
  const protocol = jsonRpc({ framing: 'lines' })
  const server = await serve(shipped, handlers, { at, protocol, describe: false })
  ends.push(folder.remove, () => server.close())
  return { at, said, id }
}

describe('the generation', () => {
  it('is the first where the driver speaks all', async () => {
    const served = await started()
    expect((await served.connect()).generation).toBe(1)
    expect((await served.connect({ generation: 2 })).generation).toBe(2)
    expect((await served.connect({ generation: 3 })).generation).toBe(3)
  })

  it.each([
    [3, true],
    [2, false],
  ])('is found to be %i where the driver speaks JSON alone', async (generation, timesync) => {
    const { at } = await shippedDriver({ timesync })
    await using driver = await IpcDriver.connect({ at, times: still })
    expect(driver.generation).toBe(generation)
    expect(driver.lost.aborted).toBe(false)
  })

  it('is the first where a driver that speaks nothing else takes its time', async () => {
    const folder = await ownFolder()
    const slow = contract({
      name: 'slow',
      version: '1.0',
      methods: { get_protocol_version: call({ output: type<unknown>() }) },
    })
    const handlers = {
      get_protocol_version: async () => {
        // Longer than a client waits before it asks in JSON as well.
        await new Promise((resolve) => setTimeout(resolve, 1200))
        return { major: 1, minor: 0 }
      },
    }
    const at = `unix:${folder.path}/fsct.sock`
    const server = await serve(slow, handlers, { at, protocol: msgpackRpc() })
    ends.push(folder.remove, () => server.close())
    await using driver = await IpcDriver.connect({ at })
    expect(driver.generation).toBe(1)
    await eventually(() => expect(server.peers.size).toBe(1))
  })

  it('is not found where the driver has another major', async () => {
    const { at } = await shippedDriver({ version: { major: 2, minor: 0 } })
    await expect(IpcDriver.connect({ at, timeout: 5000 })).rejects.toMatchObject({
      code: 'version-mismatch',
    })
  })

  it('is the one that was told, or there is no connection', async () => {
    const { at } = await shippedDriver()
    await expect(IpcDriver.connect({ at, generation: 3 })).rejects.toMatchObject({
      code: 'unknown-method',
    })
  })
})

it('gets along with a driver that has nothing of ours', async () => {
  const { at, said, id } = await shippedDriver({ timesync: true })
  await using driver = await IpcDriver.connect({ at, generation: 3, times: still })
  const player = await driver.registerPlayer('mpv')
  expect(await driver.devices()).toMatchObject([{ id, vendorId: 0xfffe, name: null }])
  await driver.updatePlayerMetadata(player, TextField.QueueTitle, 'next')
  await driver.updatePlayerMetadata(player, TextField.CurrentTitle, 'now')
  const timeline = { positionMs: 1, updateUnixMs: Date.now(), durationMs: 2, rate: 1 }
  await driver.updatePlayerTimeline(player, timeline)
  expect(said).toMatchObject([
    ['update_player_metadata', { player_id: 7, metadata_id: 'current_title', text: 'now' }],
    [
      'update_player_timeline',
      {
        player_id: 7,
        timeline: { position_ms: 1, update_mono_ns: expect.any(Number), duration_ms: 2, rate: 1 },
      },
    ],
  ])
  await expect(driver.players()).rejects.toMatchObject({ code: 'unknown-method' })
})

it('lets players of all generations meet on one device', async () => {
  const served = await started()
  const device = new RecordingDevice('one')
  served.server.host.attach(device)
  for (const generation of [1, 2, 3] as const) {
    const driver = await served.connect({ generation })
    const player = await driver.registerPlayer(`generation ${generation}`)
    await driver.updatePlayerMetadata(player, 1, `from ${generation}`)
    await driver.assignPlayerToDevice(player, device.info.id)
    await driver.updatePlayerStatus(player, Status.Playing)
    expect(device.state.texts.title).toBe(`from ${generation}`)
    await driver.unregisterPlayer(player)
  }
  expect(device.state.texts.title).toBeNull()
})

it('is told of devices that come and go, in JSON', async () => {
  const served = await started()
  const told: unknown[] = []
  await served.connect({ generation: 3, deviceChanged: (event, id) => told.push([event, id]) })
  const device = new RecordingDevice('one')
  served.server.host.attach(device)()
  await eventually(() =>
    expect(told).toEqual([
      ['added', device.info.id],
      ['removed', device.info.id],
    ]),
  )
})

describe('time sync', () => {
  const ours = { wallNs: () => 1000e6, monoNs: () => 10e6 }

  it('is how far the driver is from us, whatever passed between the readings', async () => {
    const ask = async () => ({ wall_ns: 1003e6, mono_ns: 53e6 })
    expect(await timeOffset(ask, ours)).toBe(40e6)
  })

  it.each([1, 2, 3, 4])(
    'tries again after %i pairs that do not agree within 5 ms',
    async (wrong) => {
      let asked = 0
      const ask = async () => {
        asked += 1
        const jump = asked <= 2 * wrong ? asked * 6e6 : 0
        return { wall_ns: 1000e6, mono_ns: 30e6 + jump }
      }
      expect(await timeOffset(ask, ours)).toBe(20e6)
      expect(asked).toBe(2 * wrong + 2)
    },
  )

  it('gives up after five pairs', async () => {
    let asked = 0
    const ask = async () => ({ wall_ns: 1000e6, mono_ns: 6e6 * asked++ })
    await expect(timeOffset(ask, ours)).rejects.toMatchObject({ code: 'unavailable' })
    expect(asked).toBe(10)
  })

  it('refuses clocks that are none', async () => {
    await expect(timeOffset(async () => ({ wall_ns: '1' }), ours)).rejects.toMatchObject({
      code: 'malformed',
    })
  })
})
