// Row 33 with real processes: two writers and a reader, killed with SIGKILL again and again and
// started anew. Every message that was accepted arrives once, in order for each writer.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { call, connect, contract, native } from 'tieline'
import { endPrograms, keepRunning, Program } from 'tieline/testing'
import { Mailbox } from 'tieline/transport'
import { expect, it } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'

const directory = ownFolder()
const channel = join(directory, 'channel')

atEnd(endPrograms)

// Writes down what it is about to send, and what was accepted; never sends a number twice.
const WRITER = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs'
  import { Mailbox } from 'tieline/transport'
  const [channel, name, log, last] = process.argv.slice(1)
  const before = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\\n') : []
  let next = 1 + Math.max(-1, ...before.map((line) => Number(line.split(' ')[1])))
  const mailbox = await Mailbox.open(channel, 'backend')
  // It waits for room while nobody reads.
  mailbox.hold(true)
  while (next < Number(last) || !existsSync(log + '.stop')) {
    const batch = Array.from({ length: 3 }, () => next++)
    await Promise.all(batch.map((n) => {
      appendFileSync(log, 'try ' + n + '\\n')
      const sending = mailbox.writer.send({ type: 'event', method: name, payload: n })
      return sending.written.then(() => appendFileSync(log, 'got ' + n + '\\n'))
    }))
  }
  await mailbox.close()
`
// Its work is one line in a file, which it looks up for what it is told may be done already.
const READER = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs'
  import { Mailbox } from 'tieline/transport'
  const [channel, log] = process.argv.slice(1)
  const done = new Set(existsSync(log) ? readFileSync(log, 'utf8').split('\\n') : [])
  const mailbox = await Mailbox.open(channel, 'frontend')
  await mailbox.claim({ arrived(received) {
    for (const { message, again } of received) {
      const line = message.method + ' ' + message.payload
      if (!again || !done.has(line)) appendFileSync(log, line + '\\n')
      mailbox.done([message.id])
    }
  } })
  mailbox.hold(true)
`

const KILLS = 30
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const lines = (path: string) =>
  existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []

it('two writers and a reader, killed 30 times: exactly once, in order for each writer', async () => {
  const log = join(directory, 'read')
  const logs = { a: join(directory, 'a'), b: join(directory, 'b') }
  const reader = keepRunning(READER, { args: [channel, log] })
  const writers = (['a', 'b'] as const).map((name) =>
    keepRunning(WRITER, { args: [channel, name, logs[name], '0'] }),
  )
  const all = [reader, ...writers]
  const grown = (path: string) => (existsSync(path) ? statSync(path).size : 0)
  for (let i = 0; i < KILLS; i++) {
    const path = [log, logs.a, logs.b][i % 3] as string
    // In the middle of its work, and at another moment of it each time.
    for (const before = grown(path); grown(path) === before; ) await pause(5)
    await pause((i * 7) % 23)
    all[i % 3]?.kill()
  }
  for (const path of Object.values(logs)) writeFileSync(`${path}.stop`, '')
  await Promise.all(writers.map(({ ended }) => ended))
  const accepted = (name: 'a' | 'b') => numbers(lines(logs[name]), 'got')
  const read = (name: 'a' | 'b') => numbers(lines(log), name)
  const all_read = () =>
    (['a', 'b'] as const).every((name) => read(name).at(-1) === accepted(name).at(-1))
  for (let i = 0; i < 200 && !all_read(); i++) await pause(25)
  for (const name of ['a', 'b'] as const) {
    const got = read(name)
    expect(accepted(name).length).toBeGreaterThan(20)
    expect(got).toEqual([...new Set(got)].sort((x, y) => x - y))
    expect(got).toEqual(expect.arrayContaining(accepted(name)))
    const tried = new Set(numbers(lines(logs[name]), 'try'))
    expect(got.every((n) => tried.has(n))).toBe(true)
  }
  await reader.stop()
  expect(readdirSync(channel).filter((name) => name.endsWith('.quarantine'))).toEqual([])
}, 60_000)

const POINTS = ['write', 'append', 'rename', 'link', 'remove'].flatMap((step) => [
  `${step}:before`,
  `${step}:after`,
])

it.each(POINTS)(
  'a writer killed at %s: the next one goes on, and nothing is lost or doubled',
  async (killAt) => {
    const own = mkdtempSync(join(directory, 'at-'))
    const log = join(own, 'log')
    const code = `
    import { appendFileSync } from 'node:fs'
    import { Mailbox, machine } from 'tieline/transport'
    const [channel, log, ...values] = process.argv.slice(1)
    const mailbox = await Mailbox.open(channel, 'backend', { system: killPoints(machine) })
    for (const value of values) {
      await mailbox.writer.send({ type: 'event', method: 'm', payload: value }).written
      appendFileSync(log, value + ' ')
    }
    await mailbox.close()
  `
    const at = join(own, 'channel')
    await new Program(code, { args: [at, log, 'a', 'b'], killAt: `${killAt}:2` }).exit
    const accepted = existsSync(log) ? readFileSync(log, 'utf8').trim().split(' ') : []
    expect((await new Program(code, { args: [at, log, 'c'] }).exit).code).toBe(0)
    const mailbox = await Mailbox.open(at, 'frontend')
    const read: unknown[] = []
    await mailbox.claim({
      arrived: (all) => read.push(...all.map(({ message }) => message.payload)),
    })
    await mailbox.settled()
    await mailbox.close()
    // What was being written when it died may be there or not.
    expect(read).toEqual([...['a', 'b'].slice(0, read.length - 1), 'c'])
    expect(read).toEqual(expect.arrayContaining(accepted.filter((one) => one !== '')))
    expect(readdirSync(at).filter((name) => name.endsWith('.lock'))).toEqual([])
  },
)

it('a server killed with SIGKILL: its calls are rejected at once, and the client finds the next', async () => {
  const at = join(directory, 'served')
  const protocol = native({ over: 'messages' })
  const program = `
    import { native, serve } from 'tieline'
    const contract = { name: 'sleeper', version: '1.0', methods: {
      sleep: { kind: 'call', errors: {} }, ping: { kind: 'call', errors: {} } } }
    const handlers = { sleep: () => new Promise(() => {}), ping: () => {} }
    const protocol = native({ over: 'messages' })
    await serve(contract, handlers, { at: 'mailbox:${at}#backend', protocol })
    console.log('ready')
  `
  const started = async () => {
    const server = new Program(program)
    await server.line('ready')
    return server
  }
  const Sleeper = contract({
    name: 'sleeper',
    version: '1.0',
    methods: { sleep: call({}), ping: call({}) },
  })
  const server = await started()
  const client = await connect(Sleeper, { at: `mailbox:${at}#frontend`, protocol })
  const calls = Array.from({ length: 100 }, () => client.sleep())
  await client.ping()
  server.kill('SIGKILL')
  const results = await Promise.allSettled(calls)
  for (const result of results) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'connection-lost' } })
  }
  await started()
  await client.ping()
  await client.$connection.close()
})

function numbers(all: readonly string[], first: string): number[] {
  return all
    .map((line) => line.split(' '))
    .filter(([word]) => word === first)
    .map(([, n]) => Number(n))
}
