// The supervisor: round trips to its daemon against a bare socket, a command from its start, memory for
// each app and subscriber, log lines a second.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BunctlContract, bunctl, SupervisorContract } from '@tieline/supervisor'
import { connect } from 'tieline'
import type { Outcome, Row, Table } from '../outcome.js'
import { spread } from '../statistics.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'

const launcher = fileURLToPath(
  new URL('../bin/superctl.js', import.meta.resolve('@tieline/supervisor').replace('/src/', '/')),
)
const children = new Set<ChildProcess>()
const directory = () => mkdtempSync(join(tmpdir(), 'tieline-bench-'))
const app = (name: string, script = 'exec sleep 600') => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
})

/** A reply of the size of a List's, for whatever comes: what nothing that answers can be quicker than. */
const ECHO = `require('node:net').createServer((socket) => {
  socket.on('data', () => socket.write(Buffer.alloc(18)))
}).listen(process.argv[1], () => console.log('ready'))`

export const supervisor: BenchSuite = {
  name: 'supervisor',
  about: 'its daemon and its command; half a minute',
  run: measure,
}

async function measure({ quick, progress }: SuiteOptions): Promise<Outcome> {
  const place = directory()
  const socket = join(place, 's.sock')
  const env = { ...process.env, SUPERCTL_SOCKET: socket, SUPERCTL_STATE: join(place, 'state') }
  const daemon = spawn(process.execPath, [launcher, 'daemon'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.add(daemon)
  const clean = () => {
    for (const child of children) child.kill('SIGTERM')
    rmSync(place, { recursive: true, force: true })
  }
  process.once('exit', clean)
  await once(daemon.stderr as NodeJS.EventEmitter, 'data')
  try {
    progress('supervisor: round trips')
    const trips = await roundTrips(socket, place, quick)
    progress('supervisor: commands from their start')
    const starts = await fromStart(env, quick)
    progress('supervisor: log lines')
    const logs = await lines(socket, quick)
    progress('supervisor: memory')
    const held = await memory(daemon.pid as number, socket, quick)
    return outcome([trips, starts, logs, held])
  } finally {
    await using client = await connect(SupervisorContract, { at: `unix:${socket}` })
    await client.shutdown({ apps: 'stop' })
    await once(daemon, 'exit')
    children.delete(daemon)
    clean()
    process.off('exit', clean)
  }
}

/** In turn, so that whatever else the machine does meets all of them alike. */
async function roundTrips(socket: string, place: string, quick: boolean): Promise<Table> {
  const path = join(place, 'echo.sock')
  const echo = spawn(process.execPath, ['-e', ECHO, path], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.add(echo)
  await once(echo.stdout as NodeJS.EventEmitter, 'data')
  const raw = dial(path)
  await once(raw, 'connect')
  await using native = await connect(SupervisorContract, { at: `unix:${socket}` })
  await using original = await connect(BunctlContract, { at: `unix:${socket}`, protocol: bunctl() })
  const subjects = {
    'bare socket': () => rawCall(raw),
    native: () => native.list(),
    "original's wire": () => original.List(),
  }
  const times = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]))
  for (let round = 0; round < (quick ? 5 : 20); round++) {
    for (const [name, call] of Object.entries(subjects)) {
      const own: number[] = []
      for (let i = 0; i < 300; i++) {
        const begun = performance.now()
        await call()
        if (i >= 50) own.push((performance.now() - begun) * 1000)
      }
      times.get(name)?.push(spread(own).median)
    }
  }
  raw.destroy()
  echo.kill()
  children.delete(echo)
  const title = 'a command and its answer, medians of the rounds'
  return table({ task: 'round-trip', title, short: 'round trip', unit: 'µs' }, times)
}

async function rawCall(raw: Socket): Promise<void> {
  raw.write(Buffer.alloc(10))
  await new Promise((resolve) => raw.once('data', resolve))
}

async function fromStart(env: NodeJS.ProcessEnv, quick: boolean): Promise<Table> {
  const times = new Map<string, number[]>()
  const programs = { 'node -e 0': ['-e', '0'], 'superctl status': [launcher, 'status', '--json'] }
  for (let round = 0; round < (quick ? 5 : 15); round++)
    for (const [name, args] of Object.entries(programs))
      times.set(name, [...(times.get(name) ?? []), await runs(args, env)])
  const title = 'a command from the start of its process'
  return table({ task: 'cold-start', title, short: 'cold start', unit: 'ms' }, times)
}

async function runs(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const begun = performance.now()
  await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')
  return performance.now() - begun
}

async function lines(socket: string, quick: boolean): Promise<Table> {
  const count = quick ? 300_000 : 3_000_000
  await using client = await connect(SupervisorContract, { at: `unix:${socket}` })
  const batches = client.events({ kind: 'logs', app: 'loud' })
  let seen = 0
  let lost = 0
  const reading = (async () => {
    for await (const batch of batches) {
      for (const event of batch) {
        if (event.event_type === 'events_lost') lost += event.data.count
        else seen++
      }
      if (seen + lost >= count) return
    }
  })()
  while ((await client.info()).subscribers === 0) await new Promise((done) => setTimeout(done, 5))
  const begun = performance.now()
  const script = `yes 'a line of a log as they are, of some eighty characters, 0123456789 abcdefgh' | head -n ${count}`
  await client.start({ config: app('loud', script) })
  await reading
  const seconds = (performance.now() - begun) / 1000
  await client.remove({ name: 'loud' })
  const share = Math.round((100 * seen) / count)
  return {
    task: 'log-lines',
    title: 'log lines of one app, with a subscriber',
    short: 'log lines',
    figure: 'value',
    unit: '/s',
    better: 'higher',
    rows: [
      row('kept', count / seconds),
      row('to the subscriber', seen / seconds, `${share} % of them; it was told of the others`),
    ],
  }
}

async function memory(daemon: number, socket: string, quick: boolean): Promise<Table> {
  const count = quick ? 20 : 100
  await using client = await connect(SupervisorContract, { at: `unix:${socket}` })
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    return residentKib(daemon)
  }
  const empty = await settled()
  await Promise.all(
    Array.from({ length: count }, (_, i) => client.start({ config: app(`app${i}`) })),
  )
  const apps = await settled()
  const subscriptions = Array.from({ length: count }, () => client.events({ kind: 'all' }))
  for (const each of subscriptions) void each.next()
  const subscribed = await settled()
  for (const each of subscriptions) await each.return?.()
  return {
    task: 'memory',
    title: "the daemon's resident memory",
    short: 'memory',
    figure: 'value',
    unit: 'KiB',
    better: 'lower',
    rows: [
      row('the daemon', empty, 'after the log lines'),
      row('each app', (apps - empty) / count, `of ${count}`),
      row('each subscriber', (subscribed - apps) / count, `of ${count} on one connection`),
    ],
  }
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** Times of several, the first of which is the floor, round by round. */
function table(
  about: Pick<Table, 'task' | 'title' | 'short' | 'unit'>,
  times: ReadonlyMap<string, readonly number[]>,
): Table {
  const [floor = '', bare = []] = [...times][0] ?? []
  return {
    ...about,
    figure: 'value',
    better: 'lower',
    floor,
    rows: [...times].map(([subject, own]) => ({
      subject,
      group: subject === floor ? 'floor' : 'ours',
      figures: { value: spread(own) },
      ratio: spread(own.map((time, round) => time / (bare[round] ?? Number.NaN))),
    })),
  }
}

function row(subject: string, value: number, note?: string): Row {
  return { subject, group: 'ours', figures: { value: spread([value]) }, ...(note && { note }) }
}

function outcome(tables: readonly Table[]): Outcome {
  return {
    suite: 'supervisor',
    title: 'The supervisor',
    notes: ['One daemon; rounds in turn. Ratios are to a bare socket and to Node itself.'],
    tables,
    bars: [],
    legend: [],
    failures: [],
  }
}
