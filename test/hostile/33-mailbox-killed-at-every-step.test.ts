// Row 33, with faults put in below the mailbox: a writer or a reader that dies before, in the middle
// of or after each single step on a file. What was accepted arrives once and in order; what comes
// twice is marked; the lock of the dead is recovered and the lock of the living is left alone.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TielineError } from 'tieline'
import { type Fault, failingAt } from 'tieline/testing'
import { Mailbox, type MailboxOptions, type MailboxSystem, machine } from 'tieline/transport'
import { afterEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'

const root = ownFolder()
const open: Mailbox[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close(new Error('the test is over'))))
})

const newDirectory = () => mkdtempSync(join(root, 'm-'))

const processes = new Map<number, Fault>()
let pids = 0x7000_0000

type Moment = 'before' | 'middle' | 'after'
const STEPS = ['read', 'write', 'append', 'rename', 'link', 'touch', 'remove', 'stat'] as const

/** A process of its own, which dies at its `step`th step on a file; it takes no step any more then. */
function processThatDies(step = Number.POSITIVE_INFINITY, moment: Moment = 'before') {
  const pid = ++pids
  const { system, fault } = failingAt(machine, {
    calls: STEPS,
    at: step,
    moment,
    error: () => new Error(`killed at step ${step}`),
  })
  processes.set(pid, fault)
  const identity = {
    self: async () => ({ pid, host: 'here', born: String(pid) }),
    isAlive: async (owner: { pid: number }) => processes.get(owner.pid)?.broken !== true,
  }
  return { system: { ...system, ...identity } as MailboxSystem, fault }
}

async function side(directory: string, which: 'backend' | 'frontend', options: MailboxOptions) {
  const made = await Mailbox.open(directory, which, options)
  open.push(made)
  return made
}

const event = (payload: unknown) => ({ type: 'event' as const, method: 'n', payload })

/** Sends one after the other until it is killed. What was accepted, and what may have been. */
async function sendUntilDead(
  directory: string,
  name: string,
  count: number,
  system: MailboxSystem,
) {
  const accepted: string[] = []
  const tried: string[] = []
  try {
    const mailbox = await side(directory, 'backend', { system })
    for (let i = 0; i < count; i++) {
      tried.push(`${name}${i}`)
      await mailbox.writer.send(event(`${name}${i}`)).written
      accepted.push(`${name}${i}`)
    }
  } catch {
    // Killed: what was under way may have been written or not.
  }
  return { accepted, tried }
}

interface Seen {
  readonly value: string
  readonly again: boolean
}

/** A program that reads all it gets, works it off at once, and stops when its process dies. */
async function readInto(
  log: Seen[],
  directory: string,
  system: MailboxSystem,
  death?: Promise<void>,
) {
  let enough: () => void = () => {}
  let goal: () => boolean = () => false
  try {
    const mailbox = await side(directory, 'frontend', { system })
    await mailbox.claim({
      arrived(received) {
        for (const { message, again } of received) {
          log.push({ value: String(message.payload), again })
        }
        mailbox.done(received.map(({ message }) => message.id))
        if (goal()) enough()
      },
    })
    await mailbox.settled()
  } catch (error) {
    if (death === undefined) throw error
  }
  return (until: () => boolean) =>
    new Promise<void>((resolve) => {
      goal = until
      enough = resolve
      void death?.then(resolve)
      if (goal()) resolve()
    })
}

/** What a program has that skips what is marked and known to it. */
function worked(log: readonly Seen[]): string[] {
  const known = new Set<string>()
  for (const { value, again } of log) {
    if (again && known.has(value)) continue
    expect(known.has(value), `${value} came twice without a mark`).toBe(false)
    known.add(value)
  }
  return [...known]
}

const of = (name: string, values: readonly string[]) => values.filter((one) => one.startsWith(name))
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => name + i)

describe('a mailbox loses and repeats nothing', () => {
  for (const moment of ['before', 'middle', 'after'] as const) {
    it(`when a writer is killed ${moment} each step of a write`, async () => {
      let survived = false
      for (let step = 0; !survived; step++) {
        const directory = newDirectory()
        const log: Seen[] = []
        const until = await readInto(log, directory, processThatDies().system)
        const dying = processThatDies(step, moment)
        const { accepted, tried } = await sendUntilDead(directory, 'a', 2, dying.system)
        survived = !dying.fault.broken
        const other = await sendUntilDead(directory, 'b', 2, processThatDies().system)
        expect(other.accepted).toEqual(['b0', 'b1'])
        await until(() => log.some(({ value }) => value === 'b1'))
        const values = worked(log)
        expect(of('b', values)).toEqual(['b0', 'b1'])
        const a = of('a', values)
        expect(tried.slice(0, a.length)).toEqual(a)
        expect(a.slice(0, accepted.length)).toEqual(accepted)
        // The lock of the dead is gone, and so is the lock of the living.
        expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([])
        await Promise.all(open.splice(0).map((one) => one.close(new Error('next'))))
        rmSync(directory, { recursive: true })
      }
    })

    it(`when a reader is killed ${moment} each step of a read`, async () => {
      let survived = false
      for (let step = 0; !survived; step++) {
        const directory = newDirectory()
        const first = await sendUntilDead(directory, 'a', 3, processThatDies().system)
        expect(first.accepted).toHaveLength(3)
        const log: Seen[] = []
        const dying = processThatDies(step, moment)
        const untilDead = await readInto(log, directory, dying.system, dying.fault.failed)
        await sendUntilDead(directory, 'b', 2, processThatDies().system)
        await untilDead(() => dying.fault.broken || log.length >= 5)
        await new Promise((resolve) => setImmediate(resolve))
        survived = !dying.fault.broken
        // A process of its own takes over; the first one is ended, or dead.
        await Promise.all(open.splice(0).map((one) => one.close(new Error('next'))))
        const until = await readInto(log, directory, processThatDies().system)
        await sendUntilDead(directory, 'c', 1, processThatDies().system)
        await until(() => log.some(({ value }) => value === 'c0'))
        const values = worked(log)
        expect(values).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0'])
        await Promise.all(open.splice(0).map((one) => one.close(new Error('next'))))
        rmSync(directory, { recursive: true })
      }
    })
  }

  it('when two writers write at once and the clock is set back an hour in between', async () => {
    const directory = newDirectory()
    const log: Seen[] = []
    const until = await readInto(log, directory, processThatDies().system)
    let offset = 0
    const writers = ['a', 'b'].map((name) => {
      const { system } = processThatDies()
      const wound = { ...system, now: () => Date.now() + offset }
      return sendUntilDead(directory, name, 60, wound)
    })
    setTimeout(() => {
      offset = -3_600_000
    }, 20)
    await Promise.all(writers)
    await until(() => log.length >= 120)
    const values = worked(log)
    expect(of('a', values)).toEqual(numbered('a', 60))
    expect(of('b', values)).toEqual(numbered('b', 60))
  })

  it('when a hundred are sent in one millisecond, and then again', async () => {
    const directory = newDirectory()
    const log: Seen[] = []
    const until = await readInto(log, directory, processThatDies().system)
    const system = { ...processThatDies().system, now: () => 1_760_000_000_000 }
    const mailbox = await side(directory, 'backend', { system })
    const sent = numbered('m', 200)
    await Promise.all(sent.map((value) => mailbox.writer.send(event(value)).written))
    await until(() => log.length >= 200)
    expect(worked(log)).toEqual(sent)
  })

  it('when 10,000 are sent and the reader is there', async () => {
    const directory = newDirectory()
    const log: Seen[] = []
    const until = await readInto(log, directory, processThatDies().system)
    const mailbox = await side(directory, 'backend', {})
    const sent = numbered('m', 10_000)
    for (const value of sent) mailbox.writer.send(event(value), { keep: true })
    await until(() => log.length >= 10_000)
    expect(worked(log)).toEqual(sent)
  })

  it('when 10,000 are sent and nobody reads: 100 are taken, the others wait and can be taken back', async () => {
    const directory = newDirectory()
    const mailbox = await side(directory, 'backend', {})
    const accepted: string[] = []
    const sendings = numbered('m', 10_000).map((value) => {
      const sending = mailbox.writer.send(event(value), { keep: true })
      void sending.written.then(
        () => accepted.push(value),
        () => {},
      )
      return sending
    })
    while (!mailbox.writer.full) await new Promise((resolve) => setImmediate(resolve))
    expect(accepted).toEqual(numbered('m', 100))
    const overflow = new TielineError('resource-exhausted', '100 messages are unread')
    expect(sendings.filter((sending) => sending.withdraw(overflow))).toHaveLength(9900)
    const log: Seen[] = []
    const until = await readInto(log, directory, processThatDies().system)
    await until(() => log.length >= 100)
    expect(worked(log)).toEqual(numbered('m', 100))
  })
})

describe('a torn file', () => {
  it('is never parsed, wherever it ends: whole entries are delivered, and the rest when it is there', async () => {
    const golden = JSON.parse(
      readFileSync(join(import.meta.dirname, '../golden/ipckit.json'), 'utf8'),
    ) as { text: string }
    const ids = ['5f1f7e0c-1f0a-4c1b-9d0e-6a3b2c1d0e0f', '0b9a3b52-6a55-4f9f-8a66-1f2e3d4c5b6a']
    for (let length = 0; length < golden.text.length; length += 7) {
      const directory = newDirectory()
      const path = join(directory, 'backend_to_frontend.json')
      writeFileSync(path, golden.text.slice(0, length))
      const seen: string[] = []
      const mailbox = await side(directory, 'frontend', {})
      await mailbox.claim({
        arrived(received) {
          seen.push(...received.map(({ message }) => message.id))
          mailbox.done(received.map(({ message }) => message.id))
        },
      })
      await mailbox.settled()
      expect(seen).toEqual(ids.slice(0, seen.length))
      writeFileSync(path, golden.text)
      await mailbox.settled()
      expect(seen).toEqual(ids)
      await mailbox.close()
      rmSync(directory, { recursive: true })
    }
  })
})

describe('the lock', () => {
  it('of a live process is never taken, however old it is', async () => {
    const directory = newDirectory()
    const mailbox = await side(directory, 'backend', {})
    const lock = join(directory, 'backend_to_frontend.lock')
    // As an original program writes it, with a clock that is an hour behind.
    writeFileSync(lock, `${process.ppid}\n`)
    const { utimesSync } = await import('node:fs')
    utimesSync(lock, new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000))
    const sending = mailbox.writer.send(event('a'), { keep: true })
    let written = false
    void sending.written.then(() => {
      written = true
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(written).toBe(false)
    expect(readFileSync(lock, 'utf8')).toBe(`${process.ppid}\n`)
    rmSync(lock)
    await sending.written
  })

  it('of a dead original program is recovered when it is as old as that program itself demands', async () => {
    const directory = newDirectory()
    const reports: unknown[] = []
    const mailbox = await side(directory, 'backend', { report: (report) => reports.push(report) })
    const lock = join(directory, 'backend_to_frontend.lock')
    writeFileSync(lock, '2147483646\n')
    const { utimesSync } = await import('node:fs')
    utimesSync(lock, new Date(Date.now() - 6000), new Date(Date.now() - 6000))
    await mailbox.writer.send(event('a')).written
    expect(reports).toEqual([{ kind: 'recovered', path: lock, pid: 2147483646 }])
  })

  it('is released by its owner alone', async () => {
    const directory = newDirectory()
    const lock = join(directory, 'backend_to_frontend.lock')
    const { system } = processThatDies()
    const thief = '1\n'
    const stolen = {
      ...system,
      rename(from: string, to: string) {
        system.rename(from, to)
        // While it is held, someone takes it by force.
        if (to.endsWith('frontend.json')) writeFileSync(lock, thief)
      },
    }
    const mailbox = await side(directory, 'backend', { system: stolen })
    await mailbox.writer.send(event('a')).written
    expect(readFileSync(lock, 'utf8')).toBe(thief)
  })

  it('of a dead owner is recovered by one of ten that want it at once', async () => {
    const directory = newDirectory()
    const log: Seen[] = []
    const until = await readInto(log, directory, processThatDies().system)
    // Dies with the lock in its hand: at the rename.
    const dying = processThatDies()
    const atRename = {
      ...dying.system,
      rename(from: string, to: string) {
        if (to.endsWith('frontend.json')) dying.fault.broken = true
        dying.system.rename(from, to)
      },
    }
    const { pid: owner } = await dying.system.self()
    await sendUntilDead(directory, 'x', 1, atRename)
    expect(readdirSync(directory)).toContain('backend_to_frontend.lock')
    const reports: unknown[] = []
    const names = Array.from({ length: 10 }, (_, i) => `${i}/`)
    const writers = names.map(async (name) => {
      const { system } = processThatDies()
      const report = (one: unknown) => reports.push(one)
      const mailbox = await side(directory, 'backend', { system, report })
      for (let i = 0; i < 5; i++) await mailbox.writer.send(event(`${name}${i}`)).written
    })
    await Promise.all(writers)
    await until(() => log.length >= 50)
    const values = worked(log)
    for (const name of names) expect(of(name, values)).toEqual(numbered(name, 5))
    expect(reports).toMatchObject([{ kind: 'recovered', pid: owner }])
  })

  it('of a dead owner whose number another process has now is recovered', async () => {
    const directory = newDirectory()
    const mailbox = await side(directory, 'backend', {})
    const { host } = await machine.self()
    const lock = join(directory, 'backend_to_frontend.lock')
    writeFileSync(lock, `${process.pid}\n1-a-b ${host} another-boot/1\n`)
    await mailbox.writer.send(event('a')).written
    expect(readdirSync(directory)).not.toContain('backend_to_frontend.lock')
  })

  it('of another machine is left alone: nobody here knows whether its owner lives', async () => {
    const directory = newDirectory()
    const mailbox = await side(directory, 'backend', {})
    const lock = join(directory, 'backend_to_frontend.lock')
    writeFileSync(lock, '2147483646\n1-a-b elsewhere boot/1\n')
    const sending = mailbox.writer.send(event('a'), { keep: true })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(readFileSync(lock, 'utf8')).toContain('elsewhere')
    rmSync(lock)
    await sending.written
  })
})
