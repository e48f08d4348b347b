// The supervisor: round trips to its daemon against a bare socket, a command from its start, memory for
// each app and subscriber, log lines a second. `npm run bench -- supervisor`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BunctlContract, bunctl, SupervisorContract } from '@tieline/supervisor'
import { connect } from 'tieline'
import type { Paint } from '../report.js'

export interface SupervisorBenchOptions {
  readonly quick: boolean
  readonly json: boolean
  readonly paint: Paint
  readonly print: (text: string) => void
}

interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly note: string
}

const launcher = fileURLToPath(
  new URL('../bin/superctl.js', import.meta.resolve('@tieline/supervisor').replace('/src/', '/')),
)
const children = new Set<ChildProcess>()
const directory = () => mkdtempSync(join(tmpdir(), 'tieline-bench-'))
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const app = (name: string, script = 'exec sleep 600') => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
})

/** A reply of the size of a List's, for whatever comes: what nothing that answers can be quicker than. */
const ECHO = `require('node:net').createServer((socket) => {
  socket.on('data', () => socket.write(Buffer.alloc(18)))
}).listen(process.argv[1], () => console.log('ready'))`

export async function supervisorBench(options: SupervisorBenchOptions): Promise<void> {
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
    const rows = [
      ...(await roundTrips(socket, place, options.quick)),
      ...(await fromStart(env, options.quick)),
      ...(await lines(socket, options.quick)),
      ...(await memory(daemon.pid as number, socket, options.quick)),
    ]
    options.print(options.json ? `${JSON.stringify({ rows }, null, 2)}\n` : table(rows, options))
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
async function roundTrips(socket: string, place: string, quick: boolean): Promise<Row[]> {
  const path = join(place, 'echo.sock')
  const echo = spawn(process.execPath, ['-e', ECHO, path], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.add(echo)
  await once(echo.stdout as NodeJS.EventEmitter, 'data')
  const raw = dial(path)
  await once(raw, 'connect')
  await using native = await connect(SupervisorContract, { at: `unix:${socket}` })
  await using original = await connect(BunctlContract, { at: `unix:${socket}`, protocol: bunctl() })
  const subjects = {
    raw: () => rawCall(raw),
    native: () => native.list(),
    original: () => original.List(),
  }
  const times = { raw: [] as number[], native: [] as number[], original: [] as number[] }
  const rounds = quick ? 5 : 20
  for (let round = 0; round < rounds; round++) {
    for (const name of ['raw', 'native', 'original'] as const) {
      for (let i = 0; i < 300; i++) {
        const begun = performance.now()
        await subjects[name]()
        if (i >= 50) times[name].push((performance.now() - begun) * 1000)
      }
    }
  }
  raw.destroy()
  echo.kill()
  children.delete(echo)
  const floor = median(times.raw)
  const row = (what: string, name: keyof typeof times): Row => {
    const value = median(times[name])
    return { what, value, unit: 'µs', note: `${(value / floor).toFixed(2)}× the bare socket` }
  }
  return [
    { what: 'round trip, bare socket', value: floor, unit: 'µs', note: '' },
    row('round trip of a command, native', 'native'),
    row("round trip of a command, original's wire", 'original'),
  ]
}

async function rawCall(raw: Socket): Promise<void> {
  raw.write(Buffer.alloc(10))
  await new Promise((resolve) => raw.once('data', resolve))
}

async function fromStart(env: NodeJS.ProcessEnv, quick: boolean): Promise<Row[]> {
  const times = { node: [] as number[], status: [] as number[] }
  for (let round = 0; round < (quick ? 5 : 15); round++) {
    times.node.push(await runs(['-e', '0'], env))
    times.status.push(await runs([launcher, 'status', '--json'], env))
  }
  const [node, status] = [median(times.node), median(times.status)]
  const note = `${(status / node).toFixed(2)}× node, ${(status - node).toFixed(0)} ms more`
  return [
    { what: 'node -e 0', value: node, unit: 'ms', note: '' },
    { what: 'superctl status, from process start', value: status, unit: 'ms', note },
  ]
}

async function runs(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const begun = performance.now()
  await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')
  return performance.now() - begun
}

async function lines(socket: string, quick: boolean): Promise<Row[]> {
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
  return [
    {
      what: 'log lines kept, with a subscriber',
      value: count / seconds,
      unit: '/s',
      note: `${share}% of them reached the subscriber, the others were counted`,
    },
    { what: 'log lines to the subscriber', value: seen / seconds, unit: '/s', note: '' },
  ]
}

async function memory(daemon: number, socket: string, quick: boolean): Promise<Row[]> {
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
  return [
    { what: 'daemon, resident', value: empty / 1024, unit: 'MiB', note: 'after the log lines' },
    { what: 'for each app', value: (apps - empty) / count, unit: 'KiB', note: `of ${count}` },
    {
      what: 'for each subscriber',
      value: (subscribed - apps) / count,
      unit: 'KiB',
      note: `of ${count} on one connection`,
    },
  ]
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

function table(rows: readonly Row[], { paint }: SupervisorBenchOptions): string {
  const figure = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 })
  const told = rows.map(({ what, value, unit, note }) =>
    `${what.padEnd(44)}${`${figure(value)} ${unit}`.padStart(14)}  ${paint('dim', note)}`.trimEnd(),
  )
  return `${[paint('bold', 'The supervisor, medians'), ...told].join('\n')}\n`
}
