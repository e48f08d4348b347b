// A real mpv plays a file that the test made; what it plays reaches a display through the driver's
// socket, as it happens.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DriverHost,
  IpcDriver,
  type MpvChange,
  mpvProtocol,
  mpvWatcher,
  Status,
  serveDriver,
  VirtualDisplay,
} from '@tieline/player-driver'
import { Peer } from 'tieline/peer'
import { transportFor } from 'tieline/transport'
import { expect, test, vi } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { Command } from '../support/command.js'
import { peer } from '../support/peer.js'
import { silentFlac } from './flac.js'

const mpv = peer('mpv', 'Debian package mpv')

/** Everything but mpv: a driver at a socket, a watcher on one connection, a display on another. */
async function stage() {
  const folder = ownFolder()
  const server = await serveDriver(new DriverHost(), { at: `unix:${folder}/fsct.sock` })
  atEnd(() => server.close())
  const [watching, showing] = [
    await IpcDriver.connect({ at: server.endpoint }),
    await IpcDriver.connect({ at: server.endpoint }),
  ]
  atEnd(() => showing.close())
  atEnd(() => watching.close())
  const display = new VirtualDisplay({ serialNumber: 'test' })
  await showing.attachDevice(display)
  const stop = new AbortController()
  const changes: MpvChange['kind'][] = []
  const socket = join(folder, 'mpv.sock')
  const watcher = mpvWatcher(socket, { told: ({ kind }) => changes.push(kind) })
  const running = watcher.run(watching, stop.signal)
  atEnd(() => {
    stop.abort()
    return running
  })
  return { folder, socket, display, changes }
}

function startMpv(socket: string, ...args: string[]): Command {
  const options = ['--no-config', '--ao=null', '--vo=null', '--really-quiet', '--idle']
  return new Command(mpv.path, [...options, `--input-ipc-server=${socket}`, ...args])
}

/** Mpv's own socket, for the test to press its keys. */
async function remote(socket: string): Promise<(command: string, ...args: unknown[]) => unknown> {
  const channel = await (await transportFor(`unix:${socket}`)).connect()
  const controls = new Peer(channel, { protocol: mpvProtocol(), role: 'client' })
  atEnd(() => controls.close({ within: 0 }))
  return (command, ...args) => controls.call(command, args)
}

const patience = { timeout: 30_000, interval: 20 }

test.skipIf(!mpv.available)(
  'title, artist, position, pause, seek and speed of a real mpv reach the display',
  async () => {
    const { folder, socket, display, changes } = await stage()
    const tags = { TITLE: 'Prüfton', ARTIST: 'The Testers', ALBUM: 'Silence', GENRE: 'Noise' }
    await writeFile(join(folder, 'first.flac'), silentFlac(60, tags))
    await writeFile(join(folder, 'second.flac'), silentFlac(5, { TITLE: 'Second' }))
    const shows = (expected: object) =>
      vi.waitFor(() => expect(display.shown()).toMatchObject(expected), patience)
    startMpv(socket, join(folder, 'first.flac'), join(folder, 'second.flac'))

    await shows({
      status: Status.Playing,
      rate: 1,
      durationMs: 59_904,
      texts: { title: 'Prüfton', artist: 'The Testers', album: 'Silence', genre: 'Noise' },
      queue: { title: 'second.flac' },
    })
    expect(changes.at(-1)).toBe('following')
    // It runs by the display's own clock.
    const before = display.shown().positionMs ?? 0
    await vi.waitFor(() => expect(display.shown().positionMs).toBeGreaterThan(before), patience)

    const press = await remote(socket)
    await press('set_property', 'pause', true)
    await shows({ status: Status.Paused, rate: 0 })
    // Both stand still: as mpv has it, to the millisecond.
    const asMpvHasIt = async () => {
      const seconds = (await press('get_property', 'playback-time')) as number
      expect(display.shown().positionMs).toBe(Math.round(seconds * 1000))
      return seconds
    }
    await vi.waitFor(asMpvHasIt, patience)

    await press('seek', 30, 'absolute+exact')
    await vi.waitFor(async () => {
      expect(display.shown().status).toBe(Status.Paused)
      // A block of this file is half a second.
      expect(Math.abs((await asMpvHasIt()) - 30)).toBeLessThan(0.6)
    }, patience)

    await press('set_property', 'speed', 2)
    await press('set_property', 'pause', false)
    await shows({ status: Status.Playing, rate: 2 })
    expect(display.shown().positionMs).toBeGreaterThanOrEqual(29_400)

    await press('playlist-next')
    await shows({ status: Status.Playing, texts: { title: 'Second', artist: null } })
    await press('stop')
    await shows({ status: Status.Stopped, texts: { title: null }, positionMs: null })
  },
)

test.skipIf(!mpv.available)(
  'an mpv that is killed leaves the display, and the next one takes it',
  async () => {
    const { folder, socket, display, changes } = await stage()
    const file = join(folder, 'song.flac')
    await writeFile(file, silentFlac(60, { TITLE: 'Song' }))
    const shows = (expected: object) =>
      vi.waitFor(() => expect(display.shown()).toMatchObject(expected), patience)
    const first = startMpv(socket, file)
    await shows({ status: Status.Playing, texts: { title: 'Song' } })
    await first.end('SIGKILL')
    await shows({ status: Status.Unknown, texts: { title: null } })
    startMpv(socket, '--start=20', file)
    await shows({ status: Status.Playing, texts: { title: 'Song' } })
    expect(display.shown().positionMs).toBeGreaterThanOrEqual(19_400)
    expect(changes.filter((kind) => kind === 'following')).toHaveLength(2)
  },
)
