// What the driver keeps apart and keeps bounded: owners, users, slow clients, its own end.
import { isTielineError } from 'tieline'
import type { Call, Peer } from 'tieline/peer'
import { afterEach, expect, it } from 'vitest'
import { deviceIdOf } from '../domain/device-id.js'
import { clearedDevice } from '../domain/device-state.js'
import { noTexts } from '../domain/types.js'
import { eventually } from '../testing/eventually.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { servedDriver } from '../testing/served.js'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function started(...args: Parameters<typeof servedDriver>) {
  const served = await servedDriver(...args)
  ends.push(() => served.close())
  return served
}

/** A client by hand that notes what the driver calls it with, and answers when told. */
async function notingClient(dial: (service: (call: Call) => unknown) => Promise<Peer>) {
  const calls: { method: string; params: unknown[]; answer: (error?: Error) => void }[] = []
  const told: unknown[] = []
  const peer = await dial((call) => {
    if (call.kind === 'notify') {
      told.push([call.method, ...(call.params as unknown[]).slice(1)])
      return undefined
    }
    return new Promise((resolve, reject) => {
      const answer = (error?: Error) => (error ? reject(error) : resolve(null))
      calls.push({ method: call.method, params: call.params as unknown[], answer })
    })
  })
  return { peer, calls, told }
}

const display = {
  vendor_id: 0xfffe,
  product_id: 0x7e57,
  serial_number: 's',
  name: 'Screen\x1b[2J',
  manufacturer: null,
}

it("leaves another connection's players alone, and unregisters them when it closes", async () => {
  const { dial, server } = await started()
  const [mine, theirs] = [await dial(), await dial()]
  const player = (await theirs.call('register_player', ['theirs'])) as number
  const refusal = `player_id ${player} not registered for this connection`
  for (const call of [
    mine.call('unregister_player', [player]),
    mine.call('update_player_status', [player, 1]),
    mine.call('update_player_metadata', [player, 1, 'mine now']),
    mine.call('assign_player_to_device', [player, new Uint8Array(16)]),
    mine.call('get_player_assigned_device', [player]),
  ]) {
    await expect(call).rejects.toThrow(refusal)
  }
  expect(server.host.status().players).toMatchObject([{ player, selfId: 'theirs' }])
  theirs.abort()
  await eventually(() => expect(server.host.status().players).toEqual([]))
  expect(server.connections).toBe(1)
})

it('knows uid and pid of each connection', async () => {
  const { dial } = await started()
  const peer = await dial()
  const { uid, pid } = (await peer
    .call('get_status', [])
    .then(
      (status) => (status as { connections: { uid: number; pid: number }[] }).connections[0],
    )) ?? { uid: null, pid: null }
  if (uid === null) return expect(pid).toBeNull()
  expect([uid, pid]).toEqual([process.getuid?.(), process.pid])
})

it('sends a subscriber one batch at a time, in order, and what came up meanwhile in the next', async () => {
  const { dial, connect } = await started()
  const { peer, calls } = await notingClient(dial)
  await peer.call('subscribe_events', [5])
  const driver = await connect()
  const player = await driver.registerPlayer('mpv')
  for (let position = 1; position <= 300; position++) {
    const timeline = { positionMs: position, updateUnixMs: 0, durationMs: 0, rate: 1 }
    await driver.updatePlayerTimeline(player, timeline)
  }
  await driver.unregisterPlayer(player)
  expect(calls.map(({ method, params }) => [method, params])).toEqual([
    ['player_events', [5, [{ kind: 'registered', player_id: player, self_id: 'mpv' }]]],
  ])
  calls[0]?.answer()
  await eventually(() => expect(calls).toHaveLength(2))
  expect(calls[1]?.params).toEqual([
    5,
    [
      {
        kind: 'timeline_updated',
        player_id: player,
        timeline: { position_ms: 300, update_unix_ms: 0, duration_ms: 0, rate: 1 },
      },
      { kind: 'unregistered', player_id: player },
    ],
  ])
  await peer.call('unsubscribe_events', [5])
  calls[1]?.answer()
  await driver.registerPlayer('another')
  await driver.players()
  expect(calls).toHaveLength(2)
})

it('sends a display one update at a time, merged: the newest wins', async () => {
  const { dial, connect } = await started()
  const { peer, calls } = await notingClient(dial)
  const id = await peer.call('attach_device', [display])
  await eventually(() => expect(calls).toHaveLength(1))
  const driver = await connect()
  const player = await driver.registerPlayer('mpv')
  for (const title of ['a', 'b', 'c']) {
    await driver.updatePlayerState(player, {
      status: 1,
      timeline: null,
      texts: { ...noTexts, title, artist: 'A' },
    })
  }
  await driver.updatePlayerMetadata(player, 0x31, 'next')
  expect(calls).toHaveLength(1)
  expect(calls[0]?.params).toEqual([id, clearedDevice])
  calls[0]?.answer()
  await eventually(() => expect(calls).toHaveLength(2))
  expect(calls[1]?.params).toEqual([
    id,
    { status: 1, texts: { title: 'c', artist: 'A' }, queue: { title: 'next' } },
  ])
  calls[1]?.answer()
  await peer.call('detach_device', [id])
  await driver.updatePlayerStatus(player, 2)
  expect(calls).toHaveLength(2)
})

it('lets go of a display and ends a subscription that are not answered, and says why', async () => {
  const { dial, connect, server, notes } = await started({ server: { answerMs: 50 } })
  const hung = await notingClient(dial)
  await hung.peer.call('attach_device', [display])
  await hung.peer.call('subscribe_events', [1])
  const player = await hung.peer.call('register_player', ['mine'])
  const driver = await connect()
  await eventually(() => expect(hung.told).toHaveLength(2))
  expect(hung.told).toEqual([
    ['device_detached', 'device_update was not answered within 50 ms'],
    ['subscription_ended', 'player_events was not answered within 50 ms'],
  ])
  expect(notes).toEqual([
    `device Screen of pid ${process.pid} detached: device_update was not answered within 50 ms`,
    `events of pid ${process.pid} ended: player_events was not answered within 50 ms`,
  ])
  expect(server.host.status().devices).toEqual([])
  // Nothing else of it is touched, and it may come again.
  expect(await driver.players()).toMatchObject([{ player, selfId: 'mine' }])
  await hung.peer.call('subscribe_events', [1])
  await hung.peer.call('attach_device', [display])
})

it('takes a client at its word that it has no such methods', async () => {
  const { dial, server, notes } = await started()
  const peer = await dial()
  await peer.call('attach_device', [display])
  await eventually(() => expect(server.host.status().devices).toEqual([]))
  expect(notes[0]).toContain('answered with an error: unknown method: device_update')
})

it('bounds what one connection may have', async () => {
  const limits = { devicesPerSession: 1, streamsPerSession: 2, playersPerSession: 1 }
  const { dial } = await started({ host: { limits } })
  const { peer } = await notingClient(dial)
  await peer.call('register_player', ['1'])
  await expect(peer.call('register_player', ['2'])).rejects.toThrow('no more players')
  await peer.call('attach_device', [display])
  await expect(peer.call('attach_device', [{ ...display, serial_number: 't' }])).rejects.toThrow(
    'no more devices: this connection has 1, the limit',
  )
  await peer.call('subscribe_events', [1])
  await expect(peer.call('subscribe_events', [1])).rejects.toThrow(
    'invalid subscription: 1 is in use on this connection',
  )
  await peer.call('subscribe_events', [2])
  await expect(peer.call('subscribe_events', [3])).rejects.toThrow('no more event streams')
})

it('refuses a frame past its limit, and only that connection', async () => {
  const { dial, connect } = await started()
  const [peer, driver] = [await dial(), await connect()]
  const huge = 'x'.repeat(2 * 1024 * 1024)
  await expect(peer.call('register_player', [huge])).rejects.toMatchObject({
    code: 'connection-lost',
  })
  expect(await driver.players()).toEqual([])
})

it('ends a session on request, and answers nothing but refusals on it after', async () => {
  const { dial, server } = await started()
  const { peer } = await notingClient(dial)
  await peer.call('register_player', ['1'])
  await peer.call('attach_device', [display])
  await peer.call('end_session', [])
  expect(server.host.status()).toMatchObject({ sessions: [], players: [], devices: [] })
  for (const [method, params] of [
    ['get_protocol_version', []],
    ['register_player', ['2']],
    ['attach_device', [display]],
    ['subscribe_events', [1]],
  ] as const) {
    await expect(peer.call(method, params)).rejects.toThrow('the driver is closed')
  }
  await peer.call('end_session', [])
})

it('drains at its end: connections close, devices are let go, the socket is gone', async () => {
  const { server, connect, dial } = await started()
  const driver = await connect()
  const device = new RecordingDevice('here')
  server.host.attach(device)
  const remote = new RecordingDevice('there')
  await driver.attachDevice(remote)
  const peer = await dial()
  await Promise.all([server.close(), server.close()])
  expect(driver.lost.aborted).toBe(true)
  expect([device.detachedTimes, remote.detachedTimes]).toEqual([1, 1])
  expect((await peer.closed).by).toBe('remote')
  await expect(connect()).rejects.toMatchObject({ code: 'connection-refused' })
  await expect(driver.players()).rejects.toSatisfy((error) => isTielineError(error))
})

it('does not wait for a client that hangs', async () => {
  const { server, dial } = await started()
  const { peer, calls } = await notingClient(dial)
  await peer.call('attach_device', [display])
  await eventually(() => expect(calls).toHaveLength(1))
  await server.close({ within: 30 })
  await peer.closed
})

it('gives a device the id that follows from what it is', async () => {
  const { dial } = await started()
  const { peer } = await notingClient(dial)
  const id = (await peer.call('attach_device', [display])) as Uint8Array
  const hex = deviceIdOf(0xfffe, 0x7e57, 's').replaceAll('-', '')
  expect(Buffer.from(id).toString('hex')).toBe(hex)
})
