// Real MPRIS players on a session bus of their own: mpv with mpv-mpris. What they play reaches a
// display through the driver's socket, as it happens.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DriverHost,
  IpcDriver,
  mprisWatcher,
  Status,
  serveDriver,
  VirtualDisplay,
} from '@tieline/player-driver'
import { expect, test, vi } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { Command } from '../support/command.js'
import { peer } from '../support/peer.js'
import { silentFlac } from './flac.js'

const mpv = peer('mpv', 'Debian package mpv')
const session = peer('dbus-run-session', 'Debian package dbus')
const PLUGIN = '/usr/lib/mpv-mpris/mpris.so'
if (!existsSync(PLUGIN) && process.env.CI) throw new Error(`${PLUGIN} is missing (mpv-mpris)`)
const available = mpv.available && session.available && existsSync(PLUGIN)

const PATIENCE = { timeout: 30_000, interval: 20 }
/** The address of a session bus that lasts as long as the test. */
async function sessionBus(): Promise<string> {
  const script = 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'
  const bus = new Command(session.path, ['--', 'sh', '-c', script], { input: true })
  // It ends with its program, and its program with its input: the bus is not left behind.
  atEnd(() => {
    bus.child.stdin?.end()
    return bus.ended()
  })
  const [address = ''] = await bus.said(/^unix:.+/m)
  return address
}

async function stage() {
  const folder = ownFolder()
  const address = await sessionBus()
  const server = await serveDriver(new DriverHost(), { at: `unix:${folder}/fsct.sock` })
  atEnd(() => server.close())
  const watching = await IpcDriver.connect({ at: server.endpoint })
  const showing = await IpcDriver.connect({ at: server.endpoint })
  atEnd(() => showing.close())
  atEnd(() => watching.close())
  const display = new VirtualDisplay({ serialNumber: 'test' })
  await showing.attachDevice(display)
  const stop = new AbortController()
  const changes: string[] = []
  const watcher = mprisWatcher({ address, told: ({ kind }) => changes.push(kind) })
  const running = watcher.run(watching, stop.signal)
  atEnd(() => {
    stop.abort()
    return running
  })
  await vi.waitFor(() => expect(changes).toEqual(['following']), PATIENCE)
  const play = async (...files: string[]) => {
    const socket = join(folder, `mpv-${Math.random()}.sock`)
    const options = ['--no-config', '--ao=null', '--vo=null', '--really-quiet', '--idle']
    const player = new Command(
      mpv.path,
      [...options, `--script=${PLUGIN}`, `--input-ipc-server=${socket}`, ...files],
      { env: { DBUS_SESSION_BUS_ADDRESS: address } },
    )
    await vi.waitFor(() => expect(existsSync(socket)).toBe(true), PATIENCE)
    return { player, say: (command: unknown[]) => tell(socket, command) }
  }
  return { folder, display, changes, host: server.host, play }
}

/** One command through mpv's own socket. */
async function tell(socket: string, command: unknown[]): Promise<void> {
  const { connect } = await import('node:net')
  const line = connect(socket)
  line.write(`${JSON.stringify({ command })}\n`)
  await once(line, 'data')
  line.destroy()
}

test.skipIf(!available)(
  'a player on the session bus is shown: its texts, pause, speed, seeks, the next file, its end',
  async () => {
    const { folder, display, changes, host, play } = await stage()
    const [one, two] = [join(folder, 'one.flac'), join(folder, 'two.flac')]
    await writeFile(one, silentFlac(60, { TITLE: 'One', ARTIST: 'Ada', ALBUM: 'A', GENRE: 'Folk' }))
    await writeFile(two, silentFlac(30, { TITLE: 'Zwei ♫' }))
    const { player, say } = await play(one, two)
    const shown = () => display.shown()
    await vi.waitFor(
      () =>
        expect(shown()).toMatchObject({
          status: Status.Playing,
          texts: { title: 'One', artist: 'Ada', album: 'A' },
          rate: 1,
        }),
      PATIENCE,
    )
    expect(host.status().players.map(({ selfId }) => selfId)).toEqual(['mpv'])
    // Whole blocks of half a second.
    expect(Math.abs((shown().durationMs ?? 0) - 60_000)).toBeLessThan(1000)
    await say(['set_property', 'pause', true])
    await vi.waitFor(() => expect(shown().status).toBe(Status.Paused), PATIENCE)
    await say(['seek', 40, 'absolute'])
    await vi.waitFor(
      () => expect(Math.abs((shown().positionMs ?? 0) - 40_000)).toBeLessThan(1000),
      PATIENCE,
    )
    await say(['set_property', 'pause', false])
    await say(['set_property', 'speed', 2])
    await vi.waitFor(
      () => expect(shown()).toMatchObject({ status: Status.Playing, rate: 2 }),
      PATIENCE,
    )
    await say(['playlist-next'])
    await vi.waitFor(() => expect(shown().texts.title).toBe('Zwei ♫'), PATIENCE)
    await vi.waitFor(
      () => expect(Math.abs((shown().durationMs ?? 0) - 30_000)).toBeLessThan(1000),
      PATIENCE,
    )
    expect(shown().positionMs).toBeLessThan(30_000)
    await player.end('SIGTERM')
    await vi.waitFor(() => expect(host.status().players).toEqual([]), PATIENCE)
    expect(shown().texts.title).toBeNull()
    expect(changes).toEqual(['following', 'player', 'player'])
  },
)

test.skipIf(!available)('several players at once are several, and one may end', async () => {
  const { folder, display, host, play } = await stage()
  const files = ['Eins', 'Zwei'].map((title) => ({ title, path: join(folder, `${title}.flac`) }))
  for (const { title, path } of files) await writeFile(path, silentFlac(60, { TITLE: title }))
  const players = []
  for (const { path } of files) players.push(await play(path))
  const titles = () => host.status().players.map(({ state }) => state.texts.title)
  await vi.waitFor(() => expect(titles().sort()).toEqual(['Eins', 'Zwei']), PATIENCE)
  await players[0]?.say(['set_property', 'pause', true])
  await vi.waitFor(() => expect(display.shown().texts.title).toBe('Zwei'), PATIENCE)
  await players[1]?.player.end('SIGTERM')
  await vi.waitFor(() => expect(display.shown().texts.title).toBe('Eins'), PATIENCE)
  expect(titles()).toEqual(['Eins'])
})

test('without a bus the watcher waits for one', async () => {
  const stop = new AbortController()
  const changes: string[] = []
  const watcher = mprisWatcher({
    address: 'unix:path=/nowhere/at/all',
    told: ({ kind }) => changes.push(kind),
  })
  const running = watcher.run(new DriverHost().session(), stop.signal)
  await vi.waitFor(() => expect(changes).toEqual(['waiting']), PATIENCE)
  stop.abort()
  await running
})
