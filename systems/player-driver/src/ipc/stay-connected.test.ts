// A driver that is restarted under a client that stays.
import { call, contract, msgpackRpc, serve, type } from 'tieline'
import { afterEach, expect, it } from 'vitest'
import { DriverHost } from '../domain/host.js'
import { type DriverServer, serveDriver } from '../driver/server.js'
import { eventually } from '../testing/eventually.js'
import { dialled, ownFolder } from '../testing/served.js'
import { demoWatcher } from '../watchers/demo.js'
import { aborted } from '../watchers/wait.js'
import {
  type ConnectionChange,
  type StayConnectedOptions,
  stayConnected,
} from './stay-connected.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const pause = () => new Promise((resolve) => setTimeout(resolve, 5))

/** A place for a driver, which can be started there more than once. */
async function place() {
  const folder = await ownFolder()
  ends.push(folder.remove)
  const at = `unix:${folder.path}/fsct.sock`
  const start = async (): Promise<DriverServer> => {
    const server = await serveDriver(new DriverHost(), { at })
    ends.push(() => server.close())
    return server
  }
  return { at, start }
}

/** One that stays connected, with what it was told, until `stop`. */
function staying(at: string, use: StayConnectedOptions['use']) {
  const stop = new AbortController()
  const changes: string[] = []
  const told = (change: ConnectionChange) =>
    changes.push(change.kind === 'connected' ? `connected${change.again ? ' again' : ''}` : 'lost')
  const done = stayConnected({ at, signal: stop.signal, told, use, backoff: { base: 5, cap: 20 } })
  ends.push(async () => {
    stop.abort()
    await done.catch(() => {})
  })
  return { stop, changes, done }
}

it('registers its player again with a driver that was restarted, and tells each change once', async () => {
  const { at, start } = await place()
  const watcher = demoWatcher()
  const first = await start()
  const { stop, changes, done } = staying(at, (driver, signal) => watcher.run(driver, signal))
  await eventually(() => expect(first.host.status().players).toHaveLength(1))
  await first.close()
  await eventually(() => expect(changes).toContain('lost'))
  const second = await start()
  await eventually(() => expect(second.host.status().players).toHaveLength(1))
  await second.close()
  const third = await start()
  await eventually(() => {
    expect(third.host.status().players[0]?.state.texts.title).toBe('Morning at the Socket')
  })
  stop.abort()
  await done
  expect(changes).toEqual(['connected', 'lost', 'connected again', 'lost', 'connected again'])
  expect(third.host.status()).toMatchObject({ sessions: [], players: [] })
})

it('goes to the next driver when one that drains refuses its calls', async () => {
  const { at, start } = await place()
  const first = await start()
  // It answers nothing, so that the drain takes its time.
  const hung = await dialled(at, () => new Promise(() => {}))
  ends.push(() => hung.close({ within: 0 }))
  await hung.call('attach_device', [{ vendor_id: 1, product_id: 1, serial_number: 'hung' }])
  const { changes } = staying(at, async (driver, signal) => {
    await driver.registerPlayer('mpv')
    for (; !signal.aborted; await pause()) await driver.players()
  })
  await eventually(() => expect(first.host.status().players).toHaveLength(1))
  const draining = first.close({ within: 200 })
  await eventually(() => expect(changes).toEqual(['connected', 'lost']))
  await draining
  const second = await start()
  await eventually(() => expect(second.host.status().players).toHaveLength(1))
})

it('rejects when there is no driver at first, which is for its caller to decide on', async () => {
  const { at } = await place()
  const { done, changes } = staying(at, () => Promise.resolve())
  await expect(done).rejects.toMatchObject({ code: 'connection-refused' })
  expect(changes).toEqual([])
})

it('ends when the work is done, and leaves no connection', async () => {
  const { at, start } = await place()
  const server = await start()
  const { done } = staying(at, async (driver) => {
    await driver.registerPlayer('short')
  })
  await done
  await eventually(() => expect(server.connections).toBe(0))
})

it('rejects with what the work rejects with', async () => {
  const { at, start } = await place()
  const server = await start()
  const { done, changes } = staying(at, async (driver) => {
    await driver.unregisterPlayer(99)
  })
  await expect(done).rejects.toMatchObject({ code: 'unknown-player' })
  expect(changes).toEqual(['connected'])
  await eventually(() => expect(server.connections).toBe(0))
})

it('ends when its signal fires before the first connection', async () => {
  const { at, start } = await place()
  await start()
  const { stop, done, changes } = staying(at, (_, signal) => aborted(signal))
  stop.abort()
  await done
  expect(changes).toEqual([])
})

it('ends at once when its signal fires while it waits for the driver', async () => {
  const { at, start } = await place()
  const server = await start()
  const { stop, changes, done } = staying(at, (_, signal) => aborted(signal))
  await eventually(() => expect(changes).toEqual(['connected']))
  await server.close()
  await eventually(() => expect(changes).toEqual(['connected', 'lost']))
  stop.abort()
  await done
})

it('gives up on a driver that came back with another protocol', async () => {
  const { at, start } = await place()
  const server = await start()
  const { changes, done } = staying(at, (_, signal) => aborted(signal))
  await eventually(() => expect(changes).toEqual(['connected']))
  await server.close()
  const methods = { get_protocol_version: call({ output: type<unknown>() }) }
  const next = contract({ name: 'next', version: '2.0', methods })
  const answers = { get_protocol_version: () => ({ major: 2, minor: 0 }) }
  const other = await serve(next, answers, { at, protocol: msgpackRpc() })
  ends.push(() => other.close())
  await expect(done).rejects.toMatchObject({ code: 'version-mismatch' })
})
