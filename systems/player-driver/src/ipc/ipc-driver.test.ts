// The driver across a real socket passes the suite of all drivers. What only a connection has is here.
import { createServer } from 'node:net'
import { call, contract, fail, msgpackRpc, serve, type } from 'tieline'
import { afterEach, expect, it } from 'vitest'
import { clearedDevice } from '../domain/device-state.js'
import { driverSuite } from '../testing/driver-suite.js'
import { eventually } from '../testing/eventually.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { cable, ownFolder, servedDriver } from '../testing/served.js'
import { IpcDriver } from './ipc-driver.js'

driverSuite('IpcDriver', async () => {
  const served = await servedDriver()
  return {
    connect: () => served.connect(),
    attach: (device) => served.server.host.attach(device),
    close: () => served.close(),
  }
})

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function started(...args: Parameters<typeof servedDriver>) {
  const served = await servedDriver(...args)
  ends.push(() => served.close())
  return served
}

/** A driver that answers the version with anything, and remembers what it was asked. */
async function strangeDriver(version: unknown) {
  const folder = await ownFolder()
  const asked: string[] = []
  const strange = contract({
    name: 'strange',
    version: '9.0',
    methods: {
      get_protocol_version: call({ output: type<unknown>() }),
      register_player: call({ input: type<string>(), output: type<number>() }),
    },
  })
  const handlers = {
    get_protocol_version: () => {
      asked.push('get_protocol_version')
      if (version instanceof Error) throw version
      return version
    },
    register_player: () => asked.push('register_player'),
  }
  const at = `unix:${folder.path}/fsct.sock`
  const server = await serve(strange, handlers, { at, protocol: msgpackRpc() })
  ends.push(folder.remove, () => server.close())
  return { at, asked, server }
}

it.each([
  [{ major: 2, minor: 1 }, 'speaks protocol 2.1, this program 1.0: update this program'],
  [{ major: 0, minor: 9 }, 'speaks protocol 0.9, this program 1.0: update the driver'],
])(
  'closes a connection to a driver of another major, asking nothing else: %j',
  async (version, text) => {
    const { at, asked, server } = await strangeDriver(version)
    await expect(IpcDriver.connect({ at })).rejects.toMatchObject({
      code: 'version-mismatch',
      message: `the driver at ${at} ${text}`,
    })
    expect(asked).toEqual(['get_protocol_version'])
    await eventually(() => expect(server.peers.size).toBe(0))
  },
)

it('takes a newer minor version, which only adds', async () => {
  const { at } = await strangeDriver({ major: 1, minor: 7 })
  await using driver = await IpcDriver.connect({ at })
  expect(driver.version).toEqual({ major: 1, minor: 7 })
})

it.each([[null], [7], [{ major: '1', minor: 0 }], [{ major: 1 }]])(
  'refuses a driver whose version is %j',
  async (version) => {
    const { at, server } = await strangeDriver(version)
    await expect(IpcDriver.connect({ at })).rejects.toMatchObject({
      code: 'malformed',
      message: `what answers at ${at} is no player driver: it told no protocol version`,
    })
    await eventually(() => expect(server.peers.size).toBe(0))
  },
)

it('refuses a server that has no version at all', async () => {
  const { at } = await strangeDriver(fail('unknown-method', 'unknown method: get_protocol_version'))
  await expect(IpcDriver.connect({ at })).rejects.toThrow('unknown method: get_protocol_version')
})

it('says that nobody answers', async () => {
  const folder = await ownFolder()
  ends.push(folder.remove)
  await expect(IpcDriver.connect({ at: `unix:${folder.path}/none.sock` })).rejects.toMatchObject({
    code: 'connection-refused',
  })
})

it('attaches a device of this process, which is sent what it shows until it is taken off', async () => {
  const { server, connect } = await started()
  const [driver, other] = [await connect(), await connect()]
  const device = new RecordingDevice('mine')
  const detach = await driver.attachDevice(device)
  expect(await other.devices()).toEqual([device.info])
  await eventually(() => expect(device.updates).toEqual([clearedDevice]))
  const player = await other.registerPlayer('mpv')
  await other.updatePlayerMetadata(player, 1, 'T')
  await eventually(() => expect(device.state.texts.title).toBe('T'))
  await expect(driver.attachDevice(device)).rejects.toMatchObject({ code: 'device-in-use' })
  await expect(other.attachDevice(new RecordingDevice('mine'))).rejects.toMatchObject({
    code: 'device-in-use',
    message: `device ${device.info.id} is attached already`,
  })
  await detach()
  await detach()
  expect(device.detachedTimes).toBe(1)
  expect(await other.devices()).toEqual([])
  await driver.attachDevice(device)
  await driver.close()
  expect(device.detachedTimes).toBe(2)
  await eventually(() => expect(server.host.status().devices).toEqual([]))
})

it('tells a lost connection by its signal first, then by calls, streams and devices, once each', async () => {
  const { server, endpoint } = await started()
  const { at, cut } = await cable(endpoint)
  const driver = await IpcDriver.connect({ at })
  const order: string[] = []
  driver.lost.addEventListener('abort', () => order.push('lost'))
  const device = new RecordingDevice('mine')
  device.detached = (reason?: string) => void order.push(`detached: ${reason}`)
  await driver.attachDevice(device)
  const stream = await driver.subscribe()
  const ended = expect(stream.next()).rejects.toMatchObject({ code: 'connection-lost' })
  const inFlight = driver.registerPlayer('mpv').catch((error) => {
    order.push('call')
    throw error
  })
  const failed = expect(inFlight).rejects.toMatchObject({ code: 'connection-lost' })
  cut()
  await Promise.all([ended, failed])
  const reason = driver.lost.reason as Error
  expect(order).toEqual(['lost', `detached: ${reason.message}`, 'call'])
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  await expect(driver.players()).rejects.toBe(reason)
  await expect(driver.subscribe()).rejects.toBe(reason)
  await driver.close()
  await eventually(() => expect(server.connections).toBe(0))
  expect(server.host.status()).toMatchObject({ sessions: [], players: [], devices: [] })
})

it('does not take its own close for a loss', async () => {
  const { connect } = await started()
  const driver = await connect()
  await driver.close()
  expect(driver.lost.aborted).toBe(false)
})

it('gives up on a driver that does not answer', async () => {
  const folder = await ownFolder()
  const silent = createServer()
  await new Promise<void>((done) => silent.listen(`${folder.path}/silent.sock`, done))
  ends.push(folder.remove, async () => void silent.close())
  const connecting = IpcDriver.connect({ at: `unix:${folder.path}/silent.sock`, timeout: 50 })
  await expect(connecting).rejects.toMatchObject({ code: 'deadline-exceeded' })
})
