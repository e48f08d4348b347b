// How a mailbox ends: in time when nobody makes room, with one error when the directory or the disk is
// gone, and with nothing left behind. Time is turned by hand.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Channel } from '../../channel/channel.js'
import { FakeClock, settled } from '../../testing/fake-clock.js'
import { failingAt } from '../../testing/faults/calls.js'
import { Recorder } from '../../testing/recorder.js'
import { type MailboxTransportOptions, mailbox } from './mailbox.js'
import type { MailboxReport } from './options.js'
import { packetMessage, readPacket } from './packet.js'
import { Mailbox } from './side.js'
import { type MailboxSystem, machine } from './system.js'

const directories: string[] = []
const open: Mailbox[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close(new Error('the test is over'))))
  for (const one of directories.splice(0)) rmSync(one, { recursive: true, force: true })
})

function newDirectory(): string {
  const made = mkdtempSync(join(tmpdir(), 'tieline-mailbox-'))
  directories.push(made)
  return made
}

async function side(
  directory: string,
  which: 'backend' | 'frontend',
  options: MailboxTransportOptions = {},
) {
  const made = await Mailbox.open(directory, which, options)
  open.push(made)
  return made
}

const event = (payload: unknown) => ({ type: 'event' as const, method: 'n', payload })

/** Turns the loop until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** A backend that reads nothing away, and lets one connection in. */
async function silentBackend(directory: string, accepts = true) {
  const asked: string[] = []
  const backend = await side(directory, 'backend')
  await backend.claim({
    arrived(received) {
      for (const { message } of received) {
        const packet = readPacket(message)
        if (packet?.kind !== 'open') continue
        asked.push(packet.connection)
        const owner = backend.claimToken as string
        const accept = packetMessage({ connection: packet.connection, kind: 'accept', owner })
        if (accepts) void backend.writer.send(accept)
      }
    },
  })
  backend.hold(true)
  return { asked }
}

/** Messages of another writer of the same side, until there is no place left. */
async function fill(directory: string, places: number): Promise<void> {
  const other = await side(directory, 'frontend')
  await Promise.all(Array.from({ length: places }, (_, n) => other.writer.send(event(n)).written))
}

/** A client with its own clock, and a word on whether the other process lives. */
function client(directory: string, options: MailboxTransportOptions = {}) {
  const clock = new FakeClock()
  const other = { lives: true }
  const system: MailboxSystem = {
    ...machine,
    isAlive: async () => other.lives,
    ...options.system,
  }
  const transport = mailbox(`mailbox:${directory}#frontend`, { ...options, clock, system })
  return { clock, other, transport }
}

describe('connecting', () => {
  it('where there is no directory is refused, and makes none', async () => {
    const missing = join(newDirectory(), 'missing')
    const { clock, transport } = client(missing)
    await expect(transport.connect()).rejects.toMatchObject({
      code: 'connection-refused',
      message: `cannot connect as mailbox:${missing}#frontend: there is no directory ${missing}`,
    })
    expect(existsSync(missing)).toBe(false)
    expect(clock.timers).toBe(0)
  })

  it('takes no longer than it may, by the clock that is given', async () => {
    const directory = newDirectory()
    const { asked } = await silentBackend(directory, false)
    const { clock, transport } = client(directory)
    const attempt = expect(transport.connect({ withinMs: 60_000 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: expect.stringMatching(/did not answer within 60000 ms/),
    })
    await until(() => asked.length === 1)
    await clock.pass(60_000)
    await attempt
    await until(() => clock.timers === 0)
  })

  it('to a full mailbox that nobody empties takes no longer either', async () => {
    const directory = newDirectory()
    await silentBackend(directory)
    await fill(directory, 100)
    const { clock, transport } = client(directory)
    const attempt = expect(transport.connect({ withinMs: 60_000 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    })
    await until(() => clock.held > 1)
    await clock.pass(60_000)
    await attempt
    await until(() => clock.timers === 0)
  })
})

describe('a connection through a full mailbox', () => {
  async function full() {
    const directory = newDirectory()
    await silentBackend(directory)
    const { clock, other, transport } = client(directory)
    const channel = await transport.connect()
    const recorder = new Recorder()
    channel.open(recorder)
    await fill(directory, 99)
    channel.send(Buffer.from('waits for room'))
    return { directory, clock, other, channel, recorder }
  }

  it('ends when the process that reads has died, and waits for no room', async () => {
    const { clock, other, channel, recorder } = await full()
    other.lives = false
    await clock.pass(1000)
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.ends[0]).toMatchObject({ by: 'remote', error: { code: 'connection-lost' } })
    await channel.close()
    await until(() => clock.timers === 0)
  })

  it('that is broken off waits for no room to say so', async () => {
    const { clock, channel, recorder } = await full()
    channel.abort(new Error('enough'))
    await channel.close()
    expect(recorder.ends).toMatchObject([{ by: 'local', error: { message: 'enough' } }])
    expect(clock.timers).toBe(0)
  })
})

describe('closing a side', () => {
  it('waits 10 s at most for room, and then tells what was not sent', async () => {
    const directory = newDirectory()
    await fill(directory, 100)
    const clock = new FakeClock()
    const reports: MailboxReport[] = []
    const mailbox = await Mailbox.open(directory, 'frontend', {
      clock,
      report: (one) => reports.push(one),
    })
    const last = mailbox.writer.send(event('last'), { hold: false, keep: true })
    const lost = expect(last.written).rejects.toMatchObject({
      code: 'connection-lost',
      sent: 'no',
      message: `mailbox:${directory}#frontend is closed: what waited was not in the file within 10000 ms`,
    })
    const closed = mailbox.close()
    await settled()
    // What waits does not hold the process; the close does.
    expect(clock.held).toBeGreaterThan(0)
    await clock.pass(10_000)
    await closed
    await lost
    expect(reports).toMatchObject([{ kind: 'trouble', error: { code: 'connection-lost' } }])
    expect(clock.timers).toBe(0)
  })

  /** A backend that closes; `isAlive` is not answered before `answer`, and `append` number `at` fails. */
  async function closing(at: number) {
    const directory = newDirectory()
    const { system, fault } = failingAt(machine, { calls: ['append'], at, error: 'ENOSPC' })
    const messages = join(directory, 'frontend_to_backend.json')
    let answer: (alive: boolean) => void = () => {}
    const known = new Promise<boolean>((resolve) => {
      answer = resolve
    })
    const hooks = { asked: false, beforeRead: () => {} }
    const accepted: Channel[] = []
    const listener = await mailbox(`mailbox:${directory}#backend`, {
      system: {
        ...system,
        isAlive() {
          hooks.asked = true
          return known
        },
        read(path) {
          if (path === messages) hooks.beforeRead()
          return system.read(path)
        },
      },
    }).listen({ accept: (channel) => accepted.push(channel) })
    const frontend = await side(directory, 'frontend')
    await frontend.claim({ arrived() {} })
    const owner = frontend.claimToken as string
    const open = packetMessage({ connection: 'c', kind: 'open', owner })
    /** An answer to who asks would be sent into the closed side, as a rejection that nobody handles. */
    async function closed() {
      const unhandled: unknown[] = []
      const tell = (error: unknown) => unhandled.push(error)
      process.on('unhandledRejection', tell)
      await listener.close()
      answer(true)
      await settled()
      process.off('unhandledRejection', tell)
      expect(unhandled).toEqual([])
      expect(accepted).toEqual([])
    }
    return { frontend, open, messages, fault, hooks, closed }
  }

  it('answers nobody who asked just before', async () => {
    const { frontend, open, hooks, closed } = await closing(Number.POSITIVE_INFINITY)
    await frontend.writer.send(open).written
    await until(() => hooks.asked)
    await closed()
  })

  it('answers nobody who asks in the middle of it', async () => {
    const { frontend, open, messages, fault, hooks, closed } = await closing(1)
    // Read, and not written down: the closing reader does that, and sees what has come meanwhile.
    await frontend.writer.send(event(1)).written
    await until(() => fault.failures > 0)
    fault.broken = false
    let asks = 0
    hooks.beforeRead = () => {
      if (asks++ > 0) return
      const all = JSON.parse(readFileSync(messages, 'utf8'))
      all.push({ ...open, id: 'asks', timestamp: all[0].timestamp + 1, writer: 'w' })
      writeFileSync(messages, JSON.stringify(all))
    }
    await closed()
    expect(asks).toBeGreaterThan(0)
  })

  it('on a full disk gives up what cannot be written, and leaves nothing', async () => {
    const directory = newDirectory()
    const { system, fault } = failingAt(machine, { calls: ['write', 'append'], error: 'ENOSPC' })
    fault.broken = false
    await silentBackend(directory)
    const { clock, transport } = client(directory, { system })
    const channel = await transport.connect()
    const recorder = new Recorder()
    channel.open(recorder)
    fault.broken = true
    channel.send(Buffer.from('no room'))
    const stop = new AbortController()
    const closed = channel.close({ signal: stop.signal })
    await until(() => fault.failures > 0)
    stop.abort(new Error('it took too long'))
    await closed
    expect(recorder.ends).toMatchObject([{ by: 'local', error: { message: 'it took too long' } }])
    await until(() => clock.timers === 0)
  })
})

describe('a directory that is removed', () => {
  const gone = { code: 'connection-lost', message: expect.stringMatching(/the directory is gone$/) }

  it('ends each connection, is told to the listener, and leaves no timer', async () => {
    const directory = newDirectory()
    const serverClock = new FakeClock()
    const failures: Error[] = []
    const reports: MailboxReport[] = []
    const atServer = new Recorder()
    const listener = await mailbox(`mailbox:${directory}#backend`, {
      clock: serverClock,
      report: (one) => reports.push(one),
    }).listen({
      accept: (channel) => channel.open(atServer),
      failed: (error) => failures.push(error),
    })
    const { clock, transport } = client(directory)
    const channel = await transport.connect()
    const atClient = new Recorder()
    channel.open(atClient)
    // What both have read is written down.
    await settled()
    rmSync(directory, { recursive: true })
    for (const turned of [clock, serverClock]) await turned.pass(1000)
    for (const recorder of [atClient, atServer]) {
      await recorder.until(({ ends }) => ends.length === 1)
      expect(recorder.ends).toMatchObject([{ by: 'remote', error: gone }])
    }
    expect(failures).toMatchObject([gone])
    expect(reports).toMatchObject([{ kind: 'trouble', error: gone }])
    await channel.close()
    await listener.close()
    expect([clock.timers, serverClock.timers]).toEqual([0, 0])
  })

  it('ends a channel of the file’s own messages', async () => {
    const directory = newDirectory()
    const { clock, transport } = client(directory, { content: 'messages' })
    const channel = await transport.connect()
    const recorder = new Recorder()
    channel.open(recorder)
    rmSync(directory, { recursive: true })
    await clock.pass(1000)
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.ends).toMatchObject([{ by: 'remote', error: gone }])
    await channel.close()
    expect(clock.timers).toBe(0)
  })

  it('rejects what waits to be written', async () => {
    const directory = newDirectory()
    await fill(directory, 100)
    const clock = new FakeClock()
    const mailbox = await side(directory, 'frontend', { clock })
    const last = expect(
      mailbox.writer.send(event('last'), { keep: true }).written,
    ).rejects.toMatchObject(gone)
    await settled()
    rmSync(directory, { recursive: true })
    await clock.pass(1000)
    await last
    expect(() => mailbox.writer.send(event('later'))).toThrow(expect.objectContaining(gone))
    expect(clock.timers).toBe(0)
  })
})
