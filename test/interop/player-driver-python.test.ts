// The player driver and Python: a Python program drives all of ours, and our client drives a driver in
// Python. Both have nothing but `socket` and `msgpack`.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DriverHost, IpcDriver, serveDriver } from '@tieline/player-driver'
import { expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { answer, Command, run } from '../support/command.js'
import { python } from '../support/peer.js'

const python3 = python('msgpack')
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function socketPath(): Promise<string> {
  const folder = ownFolder()
  return join(folder, 'fsct.sock')
}

test.skipIf(!python3.available)('Python drives the whole driver', async () => {
  const path = await socketPath()
  const server = await serveDriver(new DriverHost(), { at: `unix:${path}` })
  atEnd(() => server.close())
  const ended = await run(python3.path, [program('player_driver_client.py'), path])
  expect(answer(ended)).toEqual({
    version: { major: 1, minor: 0 },
    'same device id': true,
    player: 1,
    unassigned: null,
    assigned: true,
    'nil answers': [null, null, null, null],
    preferred: true,
    listed: ['python'],
    devices: ['Python'],
    shows: [true],
    state: {
      status: 2,
      timeline: {
        position_ms: 30_000,
        update_unix_ms: 1_700_000_000_000,
        duration_ms: 60_000,
        rate: 1,
      },
      texts: { title: 'Title', artist: 'Python', album: null, genre: null },
      queue: { title: 'Next', artist: null, album: null, genre: null },
    },
    refusals: [
      'unknown method: nope',
      'expected 1 param(s): self_id',
      'invalid status code: 99',
      'timeline missing position_ms',
      'player_id 1 not registered for this connection',
    ],
    events: [
      'registered',
      'assigned',
      'state_updated',
      'status_updated',
      'timeline_updated',
      'text_updated',
      'preferred_changed',
      'unassigned',
      'registered',
      'unregistered',
    ],
    left: [],
  })
})

test.skipIf(!python3.available)(
  'our client drives a driver in Python that answers out of order, in pieces and to nobody',
  async () => {
    const path = await socketPath()
    const server = new Command(python3.path, [program('player_driver_server.py'), path])
    await server.said('listening')
    const driver = await IpcDriver.connect({ at: `unix:${path}` })
    expect(driver.version).toEqual({ major: 1, minor: 4 })
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1)
    await driver.setPreferredPlayer(numbers.length)
    const players = await Promise.all(
      numbers.map((each) => driver.registerPlayer(`player ${each}`)),
    )
    expect(players).toEqual(numbers)
    const devices = await Promise.all(numbers.map((each) => driver.getPlayerAssignedDevice(each)))
    expect(devices[9]).toBe('0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a')
    expect(new Set(devices).size).toBe(100)
    await driver.setPreferredPlayer(1)
    // The original's own words.
    await expect(driver.unregisterPlayer(5)).rejects.toMatchObject({
      code: 'unknown-player',
      message: 'Player not found',
    })
    // A driver of generation 1 has no end_session: the end of the connection does the same.
    await driver.close()
    expect(driver.lost.aborted).toBe(false)
    expect((await server.ended()).code).toBe(0)
  },
)
