import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { failingAt } from '../../testing/faults/calls.js'
import type { MailboxOptions, MailboxReport } from './options.js'
import { Mailbox } from './side.js'
import { type MailboxSystem, machine, type Watch } from './system.js'

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
  options: MailboxOptions = {},
) {
  const made = await Mailbox.open(directory, which, options)
  open.push(made)
  return made
}

async function reading(directory: string, options: MailboxOptions = {}) {
  const mailbox = await side(directory, 'frontend', options)
  const payloads: unknown[] = []
  let changed: () => void = () => {}
  await mailbox.claim({
    arrived(received) {
      payloads.push(...received.map(({ message }) => message.payload))
      mailbox.done(received.map(({ message }) => message.id))
      changed()
    },
  })
  const until = async (count: number) => {
    while (payloads.length < count) await new Promise<void>((resolve) => (changed = resolve))
    return payloads
  }
  return { mailbox, payloads, until }
}

const event = (payload: unknown) => ({ type: 'event' as const, method: 'n', payload })
describe('a disk without space, or one that is read-only', () => {
  for (const [code, expected] of [
    ['ENOSPC', 'resource-exhausted'],
    ['EROFS', 'permission-denied'],
    ['EACCES', 'permission-denied'],
  ] as const) {
    it(`${code} is a clear error, nothing is lost, and it goes on when there is room`, async () => {
      const directory = newDirectory()
      const { system, fault } = failingAt(machine, { calls: ['write'], error: code })
      fault.broken = false
      const reports: MailboxReport[] = []
      const mailbox = await side(directory, 'backend', {
        system,
        report: (one) => reports.push(one),
      })
      const { until } = await reading(directory)
      await mailbox.writer.send(event(0)).written
      fault.broken = true
      const refused = mailbox.writer.send(event('not sent'))
      const kept = mailbox.writer.send(event(1), { keep: true })
      await expect(refused.written).rejects.toMatchObject({
        code: expected,
        message: expect.stringMatching(/backend_to_frontend.*\(E[A-Z]+\)/),
      })
      expect(reports).toMatchObject([{ kind: 'trouble', error: { code: expected } }])
      fault.broken = false
      await kept.written
      expect(await until(2)).toEqual([0, 1])
    })
  }

  it('a reader that cannot keep its record waits, and delivers once when it can', async () => {
    const directory = newDirectory()
    const { system, fault } = failingAt(machine, { calls: ['append'], error: 'ENOSPC' })
    const reports: MailboxReport[] = []
    const { until, payloads } = await reading(directory, {
      system,
      report: (one) => reports.push(one),
    })
    const writer = await side(directory, 'backend')
    await writer.writer.send(event(1)).written
    while (reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    fault.broken = false
    expect(await until(1)).toEqual([1])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(payloads).toEqual([1])
  })
})

describe('a file that is too large', () => {
  it('is refused by its size, before it is read', async () => {
    const directory = newDirectory()
    const reads: string[] = []
    const system: MailboxSystem = {
      ...machine,
      stat(path) {
        const stat = machine.stat(path)
        const huge = stat !== undefined && path.endsWith('frontend.json')
        return huge ? { ...stat, size: 2 ** 40 } : stat
      },
      read(path) {
        reads.push(path)
        return machine.read(path)
      },
    }
    writeFileSync(join(directory, 'backend_to_frontend.json'), '[]')
    const reports: MailboxReport[] = []
    await reading(directory, { system, report: (one) => reports.push(one) })
    while (reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(reports[0]).toMatchObject({ error: { code: 'too-large' } })
    expect(reads.filter((path) => path.endsWith('frontend.json'))).toEqual([])
  })
})

describe('a rename over a file that someone has open', () => {
  it('is tried again where it may be refused for a moment, as on Windows', async () => {
    const directory = newDirectory()
    const { system, fault } = failingAt(machine, { calls: ['rename'], error: 'EPERM' })
    const mailbox = await side(directory, 'backend', {
      system: { ...system, renameMayBeRefused: true },
    })
    const sending = mailbox.writer.send(event(1))
    while (fault.failures < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    fault.broken = false
    await sending.written
    expect(fault.failures).toBeGreaterThanOrEqual(3)
  })

  it('that was done although it was said to have failed is not done twice', async () => {
    const directory = newDirectory()
    const plan = { calls: ['rename'], moment: 'after', error: 'ENOENT' } as const
    const { system } = failingAt(machine, plan)
    const mailbox = await side(directory, 'backend', { system })
    const { until, payloads } = await reading(directory)
    await mailbox.writer.send(event(1)).written
    await mailbox.writer.send(event(2)).written
    expect(await until(2)).toEqual([1, 2])
    expect(payloads).toHaveLength(2)
  })
})

describe('watching', () => {
  it('what is sent in one tick is one rewrite', async () => {
    const directory = newDirectory()
    let renames = 0
    const system: MailboxSystem = {
      ...machine,
      rename(from, to) {
        renames += 1
        machine.rename(from, to)
      },
    }
    const mailbox = await side(directory, 'backend', { system })
    await Promise.all([1, 2, 3, 4, 5].map((n) => mailbox.writer.send(event(n)).written))
    expect(renames).toBe(1)
  })

  for (const [why, watch] of Object.entries({
    'cannot be had': (): Watch | undefined => undefined,
    'never says anything': (): Watch | undefined => ({ hold() {}, close() {} }),
  })) {
    it(`where it ${why}, files are looked at, and everything arrives`, async () => {
      const directory = newDirectory()
      const system: MailboxSystem = { ...machine, watch }
      const { mailbox, until } = await reading(directory, { system })
      const writer = await side(directory, 'backend', { system })
      for (let n = 0; n < 4; n++) {
        await writer.writer.send(event(n)).written
        await until(n + 1)
        // Nothing is under way any more: the next one is found by looking.
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      expect(await until(4)).toEqual([0, 1, 2, 3])
      expect(mailbox.polling).toBe(true)
    })
  }

  it('on a network share it looks from the beginning', async () => {
    const system: MailboxSystem = { ...machine, isRemote: () => true }
    const { mailbox } = await reading(newDirectory(), { system })
    expect(mailbox.polling).toBe(true)
  })
})

describe('who may use it', () => {
  it('makes the directory 0700 and its files 0600, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      const directory = join(newDirectory(), 'made')
      const { until } = await reading(directory)
      const writer = await side(directory, 'backend')
      await writer.writer.send(event(1)).written
      await until(1)
      expect(statSync(directory).mode & 0o777).toBe(0o700)
      for (const name of readdirSync(directory)) {
        expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600])
      }
    } finally {
      process.umask(before)
    }
  })

  it('refuses a directory that others can write to, unless it is told so', async () => {
    const directory = newDirectory()
    chmodSync(directory, 0o777)
    await expect(Mailbox.open(directory, 'backend')).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining('0777'),
    })
    const mailbox = await side(directory, 'backend', { access: 'everyone' })
    await mailbox.writer.send(event(1)).written
    expect(statSync(join(directory, 'backend_to_frontend.json')).mode & 0o777).toBe(0o666)
  })

  it('refuses a file where the directory should be', async () => {
    const path = join(newDirectory(), 'file')
    writeFileSync(path, '')
    await expect(Mailbox.open(path, 'backend')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not a directory'),
    })
  })

  it('lets one process read for a side, and names it to the second', async () => {
    const directory = newDirectory()
    await reading(directory)
    const second = await side(directory, 'frontend')
    await expect(second.claim({ arrived() {} })).rejects.toMatchObject({
      code: 'endpoint-in-use',
      message: expect.stringContaining(String(process.pid)),
    })
  })

  it('sweeps up what killed processes left', async () => {
    const directory = newDirectory()
    const litter = join(directory, 'backend_to_frontend.2147483646-1-abc.tmp')
    writeFileSync(litter, 'half a fi')
    const { utimesSync } = await import('node:fs')
    utimesSync(litter, 0, 0)
    await side(directory, 'backend')
    expect(readdirSync(directory)).toEqual(['.channel_info'])
  })
})
