// The daemon on its socket: our own clients and the original's at once.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connect } from 'tieline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bunctl, MESSAGE_BYTES } from '../bunctl/protocol.js'
import type { SubscriberEvent } from '../domain/events.js'
import { shortly } from '../testing/supervised.js'
import { BunctlContract, SupervisorContract } from './contract.js'
import { type Daemon, startDaemon } from './daemon.js'

let directory: string
let daemon: Daemon
const log: string[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'superctl-daemon-'))
  log.length = 0
  daemon = await startDaemon({
    place: { endpoint: `unix:${directory}/bunctl.sock`, shared: false },
    directory: join(directory, 'state'),
    version: '0.0.0',
    log: (line) => log.push(line),
  })
})
afterEach(async () => {
  await daemon.close('stop')
  rmSync(directory, { recursive: true, force: true })
})

const ours = () => connect(SupervisorContract, { at: daemon.endpoint, reconnect: false })
const original = () =>
  connect(BunctlContract, {
    at: daemon.endpoint,
    protocol: bunctl(),
    reconnect: false,
    limits: { frameBytes: MESSAGE_BYTES },
  })
const config = (name: string, script = 'exec sleep 60') => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
})

it('answers our clients and the original ones on one socket, for its user alone', async () => {
  await using mine = await ours()
  await using theirs = await original()
  const started = await mine.start({ config: config('a') })
  expect(started).toMatchObject({ id: 'a', already: false })
  expect(await theirs.List()).toEqual(['a'])
  expect(await theirs.Start({ name: 'b', config: JSON.stringify(config('b')) })).toBe(
    'Started app b',
  )
  expect((await mine.status({})).map(({ name, state }) => [name, state])).toEqual([
    ['a', 'running'],
    ['b', 'running'],
  ])
  expect(await theirs.Restart({ name: 'B' })).toMatch(/^Restarted app b with PID \d+$/)
  expect(await theirs.Delete({ name: 'b' })).toBe('Deleted app b')
  expect(await mine.list()).toEqual(['a'])
  expect(statSync(join(directory, 'bunctl.sock')).mode & 0o777).toBe(0o600)
  expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700)
})

it.each<[string, () => Promise<unknown>, string, string]>([
  [
    'an unknown app',
    async () => (await ours()).stop({ name: 'x' }),
    'not-found',
    'App x not found',
  ],
  [
    'a name that is none',
    async () => (await ours()).stop({ name: '..' }),
    'invalid-config',
    'Invalid config: the name',
  ],
  [
    'a configuration',
    async () => (await ours()).start({ config: { name: 'x' } }),
    'invalid-config',
    'Invalid config: an app needs a command',
  ],
  [
    'params of another type',
    async () => (await ours()).stop({ name: 1 as never }),
    'invalid-argument',
    'name must be a text',
  ],
  [
    'resurrect without a saved list',
    async () => (await ours()).resurrect(),
    'nothing-saved',
    'superctl save',
  ],
  [
    "the original's commands too",
    async () => (await original()).Stop({ name: 'x' }),
    'remote-error',
    'App x not found',
  ],
  [
    'a Start that is no JSON',
    async () => (await original()).Start({ name: 'x', config: '{' }),
    'remote-error',
    'Invalid config: it is not JSON',
  ],
])('refuses %s in one clear line', async (_, act, code, message) => {
  await expect(act()).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
})

it('streams events, exactly once and in order, and follows logs without a gap', async () => {
  await using mine = await ours()
  const events: string[] = []
  const listening = (async () => {
    for await (const batch of mine.events({ kind: 'status', app: 'a' })) {
      events.push(...batch.map(shortly))
      if (events.includes('removed')) break
    }
  })()
  await until(async () => (await mine.info()).subscribers === 1)
  await mine.start({
    config: config('a', 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done'),
  })
  await mine.start({ config: config('other') })
  const lines: number[] = []
  for await (const batch of mine.follow({ name: 'a', lines: 1000 })) {
    for (const event of batch) {
      if (event.event_type === 'log_line') lines.push(Number(event.data.line))
    }
    if (lines.length >= 50) break
  }
  expect(lines).toEqual(lines.map((_, index) => index + 1))
  await mine.restart({ name: 'a' })
  await mine.remove({ name: 'a' })
  await listening
  const run = ['starting', 'process_started', 'running', 'process_exited']
  expect(events).toEqual([...run, 'stopped', ...run, 'removed'])
  await until(async () => (await mine.info()).subscribers === 0)
})

const LINES = 3_000_000

it('lets a slow subscriber lose lines, tells how many, and answers everybody else', async () => {
  await using mine = await ours()
  await using theirs = await original()
  const slow = theirs.Subscribe({ kind: 'LogEvents', appName: null })
  expect((await slow.next()).value).toEqual({ message: 'Subscribed' })
  const quick = mine.events({ kind: 'logs' })
  await mine.start({ config: config('loud', 'yes 0123456789abcdef | head -n 3000000') })
  let seen = 0
  for await (const batch of quick) {
    for (const each of batch) seen += each.event_type === 'events_lost' ? each.data.count : 1
    if (seen >= LINES) break
  }
  expect(await mine.list()).toEqual(['loud'])
  let lost = 0
  let read = 0
  for await (const each of slow) {
    const event = each as SubscriberEvent
    if (event.event_type === 'events_lost') lost += event.data.count
    else read++
    if (lost + read >= LINES) break
  }
  expect(lost).toBeGreaterThan(0)
  expect(lost + read).toBe(LINES)
}, 60_000)

it('serves a client of socket and json only', async () => {
  const client = fileURLToPath(new URL('../testing/client.py', import.meta.url))
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [
    client,
    `${directory}/bunctl.sock`,
  ])
  const told = JSON.parse(stdout)
  expect(told).toMatchObject({
    subscribe: { Success: { message: 'Subscribed' } },
    start: { Success: { message: 'Started app web-app' } },
    again: { Success: { message: 'Started app web-app' } },
    unsubscribe: { Success: { message: 'Unsubscribed' } },
    list: { Data: { data: ['web-app'] } },
    status: {
      Data: {
        data: {
          name: 'web-app',
          state: 'running',
          command: '/bin/sh',
          restarts: 0,
          auto_start: false,
        },
      },
    },
    log: { Success: { message: 'Subscribed' } },
    line: {
      Event: { event_type: 'log_line', data: { app: 'web-app', stream: 'stdout', line: 'line' } },
    },
    logs: {
      Data: { data: { type: 'single', app: 'web-app', logs: { errors: [], output: ['line'] } } },
    },
    all: { Data: { data: { type: 'all', apps: [['web-app', { errors: [], output: ['line'] }]] } } },
    config: { Error: { message: 'Invalid config: an app needs a command' } },
    pipelined: [
      { Success: { message: 'Stopped app web-app' } },
      { Error: { message: 'App web-app is not running' } },
      { Data: { data: ['web-app'] } },
      { Success: { message: 'Deleted app web-app' } },
    ],
    oversize: [{ Error: { message: expect.stringContaining('10485760') } }, null],
  })
  expect(told.events.map((event: SubscriberEvent) => shortly(event))).toEqual([
    'starting',
    'process_started',
    'running',
  ])
  expect(told.bad).toEqual(
    Array.from({ length: 3 }, () => ({
      Error: { message: expect.stringMatching(/^Invalid request: /) },
    })),
  )
})

it('refuses a second daemon at the same place, which touches none of the apps', async () => {
  await using mine = await ours()
  const { pid } = await mine.start({ config: config('a') })
  const second = startDaemon({
    place: { endpoint: daemon.endpoint, shared: false },
    directory: join(directory, 'state'),
    version: '0.0.0',
    log: () => {},
  })
  await expect(second).rejects.toMatchObject({ code: 'endpoint-in-use' })
  expect((await mine.status({ name: 'a' }))[0]?.pid).toBe(pid)
})

it('ends when it is told to, its apps too, and they stay ended', async () => {
  await using mine = await ours()
  await mine.start({ config: config('a') })
  await mine.shutdown({ apps: 'stop' })
  await daemon.ended
  expect(log.join()).toContain('ended')
  expect(() => statSync(join(directory, 'bunctl.sock'))).toThrow('ENOENT')
})

it('never says a word to what is neither of its protocols', async () => {
  const socket = createConnection(`${directory}/bunctl.sock`)
  const got: Buffer[] = []
  socket.on('data', (chunk) => got.push(chunk))
  socket.write(Buffer.from([0, 0, 0, 9, 0xff, 0xff, 0xff]))
  await new Promise((resolve) => socket.on('close', resolve))
  expect(Buffer.concat(got).toString('latin1')).not.toContain('Error')
})

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let left = 1000; left > 0 && !(await look()); left--) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
