// The mpv watcher against an mpv that the test plays: the real one is in test/interop/mpv.test.ts.
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { atEnd } from '../../../../test/support/at-end.js'
import { DriverHost } from '../domain/host.js'
import { Status } from '../domain/types.js'
import { eventually } from '../testing/eventually.js'
import * as session from '../testing/mpv-session.js'
import { ownFolder } from '../testing/served.js'
import { type MpvChange, mpvWatcher } from './mpv.js'

/** Answers everything with success, and says what the test tells it to. */
class FakeMpv {
  readonly #path: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly asked: string[] = []

  constructor(path: string) {
    this.#path = path
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      createInterface(socket).on('line', (line) => {
        const { command, request_id } = JSON.parse(line) as {
          command: string[]
          request_id: number
        }
        this.asked.push(command.join(' '))
        const data = command[1] === 'playback-time' ? 1.5 : null
        socket.write(`${JSON.stringify({ data, request_id, error: 'success' })}\n`)
      })
    })
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(this.#path, done))
  }

  get clients(): number {
    return [...this.#sockets].filter((socket) => !socket.destroyed).length
  }

  say(...lines: string[]): void {
    for (const socket of this.#sockets) socket.write(lines.map((line) => `${line}\n`).join(''))
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((done) => this.#server.close(() => done()))
  }
}

async function bench() {
  const folder = await ownFolder()
  atEnd(folder.remove)
  const path = `${folder.path}/mpv.sock`
  const host = new DriverHost()
  const driver = host.session()
  const stop = new AbortController()
  const changes: MpvChange['kind'][] = []
  const told = (change: MpvChange) => changes.push(change.kind)
  const mpv = async () => {
    const fake = new FakeMpv(path)
    await fake.start()
    atEnd(() => fake.end())
    return fake
  }
  const run = () => {
    const running = mpvWatcher(path, { told }).run(driver, stop.signal)
    atEnd(() => {
      stop.abort()
      return running.catch(() => {})
    })
    return running
  }
  return { path, host, driver, stop, changes, mpv, run }
}

it('waits for mpv, follows it, waits again when it has ended, and follows the next', async () => {
  const { host, stop, changes, mpv, run } = await bench()
  const running = run()
  await eventually(() => expect(changes).toEqual(['waiting']))
  const first = await mpv()
  await eventually(() => expect(changes).toEqual(['waiting', 'following']))
  first.say(...session.idleStart, ...session.firstFile)
  await eventually(() =>
    expect(host.status().players).toMatchObject([
      {
        selfId: 'mpv',
        state: {
          status: Status.Playing,
          timeline: { positionMs: 1500 },
          texts: { title: 'First Song', artist: 'Ada L' },
        },
      },
    ]),
  )
  await first.end()
  await eventually(() => expect(host.status().players).toEqual([]))
  expect(changes).toEqual(['waiting', 'following', 'waiting'])
  const second = await mpv()
  await eventually(() => expect(changes.at(-1)).toBe('following'))
  expect(host.status().players).toHaveLength(1)
  stop.abort()
  await running
  expect(host.status().players).toEqual([])
  await eventually(() => expect(second.clients).toBe(0))
})

it('rejects when the driver is lost, and leaves no connection to mpv', async () => {
  const { driver, changes, mpv, run } = await bench()
  const fake = await mpv()
  const running = run()
  const lost = expect(running).rejects.toMatchObject({ code: 'unavailable' })
  await eventually(() => expect(changes).toEqual(['following']))
  await driver.close()
  fake.say(...session.idleStart, ...session.firstFile)
  await lost
  await eventually(() => expect(fake.clients).toBe(0))
})

it('rejects when what answers is not mpv', async () => {
  const { path, host, changes, mpv, run } = await bench()
  const fake = await mpv()
  const running = run()
  const refused = expect(running).rejects.toMatchObject({
    code: 'malformed',
    message: `what answers at unix:${path} is not mpv: a message of mpv has neither event nor error`,
  })
  await eventually(() => expect(changes).toEqual(['following']))
  fake.say('{"jsonrpc":"2.0"}')
  await refused
  expect(host.status().players).toEqual([])
})

it('ends at once when its signal fires while it waits', async () => {
  const { stop, changes, run } = await bench()
  const running = run()
  await eventually(() => expect(changes).toEqual(['waiting']))
  stop.abort()
  await running
})
