// The file channel against the original's algorithm, in one run: round trips between two processes,
// messages one way, CPU of an idle side. `npm run bench -- file-channel`.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figures, Task } from '../mailbox/host.js'
import type { Paint } from '../report.js'

const SUBJECTS = ['original', 'ours'] as const
type Subject = (typeof SUBJECTS)[number]

const host = new URL('../mailbox/host.js', import.meta.url)

interface Pair {
  readonly server: ChildProcess
  readonly client: ChildProcess
  end(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

async function start(subject: Subject, task: Task, length: number): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'tieline-bench-'))
  const child = async (role: string) => {
    const made = fork(host, [subject, role, directory, task, String(length)])
    running.add(made)
    await once(made, 'message')
    return made
  }
  const server = await child('server')
  const client = await child('client')
  return {
    server,
    client,
    async end() {
      for (const one of [client, server]) {
        running.delete(one)
        one.kill('SIGKILL')
        if (one.exitCode === null && one.signalCode === null) await once(one, 'exit')
      }
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function ask<T>(child: ChildProcess, word: string): Promise<T> {
  child.send(word)
  return ((await once(child, 'message')) as [T])[0]
}

async function roundTrips(subject: Subject, count: number): Promise<number[]> {
  const pair = await start(subject, 'round-trip', count)
  try {
    const { times = [] } = await ask<Figures>(pair.client, 'go')
    // The first ones compile the code.
    return times.slice(Math.min(10, Math.floor(times.length / 10))).sort((a, b) => a - b)
  } finally {
    await pair.end()
  }
}

async function oneWay(subject: Subject, ms: number) {
  const pair = await start(subject, 'one-way', ms)
  try {
    const begun = performance.now()
    const { sent = 0, ms: took = ms } = await ask<Figures>(pair.client, 'go')
    for (;;) {
      const { arrived, quietMs } = await ask<{ arrived: number; quietMs: number }>(pair.server, '?')
      if (arrived >= sent || quietMs > 300) {
        const total = performance.now() - begun
        return {
          sent: sent / (took / 1000),
          arrived: arrived / ((arrived >= sent ? total : took) / 1000),
          lost: sent - arrived,
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  } finally {
    await pair.end()
  }
}

/** Milliseconds of CPU for each second of doing nothing, of a whole process. */
async function idle(subject: Subject, ms: number): Promise<number> {
  const pair = await start(subject, 'idle', ms)
  try {
    // Starting up is not idling.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const before = await ask<{ cpu: NodeJS.CpuUsage }>(pair.server, 'cpu')
    await new Promise((resolve) => setTimeout(resolve, ms))
    const after = await ask<{ cpu: NodeJS.CpuUsage }>(pair.server, 'cpu')
    const used = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system
    return used / ms
  } finally {
    await pair.end()
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN

export interface FileChannelOptions {
  readonly quick: boolean
  readonly json: boolean
  readonly paint: Paint
  readonly print: (text: string) => void
}

interface Row {
  readonly what: string
  readonly original: number
  readonly ours: number
  readonly unit: string
  /** How many times better ours is, and must be. */
  readonly times: number
  readonly bar: number | undefined
}

/** False when a bar is missed. */
export async function fileChannel(options: FileChannelOptions): Promise<boolean> {
  const rounds = options.quick ? 1 : 3
  const all = {
    original: {
      p50: [] as number[],
      p99: [] as number[],
      sent: [] as number[],
      arrived: [] as number[],
      lost: [] as number[],
      idle: [] as number[],
    },
    ours: {
      p50: [] as number[],
      p99: [] as number[],
      sent: [] as number[],
      arrived: [] as number[],
      lost: [] as number[],
      idle: [] as number[],
    },
  }
  for (let round = 0; round < rounds; round++) {
    for (const subject of SUBJECTS) {
      const figures = all[subject]
      // A round trip of the original takes some 75 ms: fewer of them, in about the same time.
      const count = subject === 'original' ? 40 : 1000
      const times = await roundTrips(subject, options.quick ? count / 2 : count)
      figures.p50.push(quantile(times, 0.5))
      figures.p99.push(quantile(times, 0.99))
      const way = await oneWay(subject, options.quick ? 500 : 1500)
      figures.sent.push(way.sent)
      figures.arrived.push(way.arrived)
      figures.lost.push(way.lost)
      figures.idle.push(await idle(subject, options.quick ? 1500 : 4000))
    }
  }
  const row = (
    what: string,
    key: 'p50' | 'p99' | 'arrived' | 'sent' | 'idle',
    unit: string,
    bar?: number,
  ): Row => {
    const [original, ours] = [median(all.original[key]), median(all.ours[key])]
    const lower = key !== 'arrived' && key !== 'sent'
    return { what, original, ours, unit, times: lower ? original / ours : ours / original, bar }
  }
  const rows = [
    row('request and response, p50', 'p50', 'ms', 20),
    row('request and response, p99', 'p99', 'ms'),
    row('one way, arrived', 'arrived', '/s', 10),
    row('one way, accepted', 'sent', '/s'),
    row('idle CPU of a side', 'idle', 'µs/ms', 1),
  ]
  const met = rows.every(({ times, bar }) => bar === undefined || times >= bar)
  const lost = { original: median(all.original.lost), ours: median(all.ours.lost) }
  options.print(
    options.json
      ? `${JSON.stringify({ rounds, rows, lost, met }, null, 2)}\n`
      : table(rows, lost, options.paint),
  )
  return met
}

function table(rows: readonly Row[], lost: Record<Subject, number>, paint: Paint): string {
  const figure = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 })
  const lines = rows.map(({ what, original, ours, unit, times, bar }) => {
    const verdict = bar === undefined ? '' : `at least ${bar}: ${times >= bar ? 'ok' : 'missed'}`
    const cells = [
      what.padEnd(28),
      `${figure(original)} ${unit}`.padStart(14),
      `${figure(ours)} ${unit}`.padStart(14),
      `${figure(times)}×`.padStart(8),
    ]
    const colour = bar === undefined ? 'dim' : times >= bar ? 'green' : 'red'
    return `${cells.join('')}  ${paint(colour, verdict)}`.trimEnd()
  })
  const head = ['', 'original'.padStart(42), 'ours'.padStart(14), 'better'.padStart(8)].join('')
  return `${[
    paint('bold', 'The file channel between two processes, medians of the rounds'),
    paint('dim', head),
    ...lines,
    paint(
      'dim',
      `Lost on the way: original ${figure(lost.original)} messages, ours ${figure(lost.ours)}.`,
    ),
  ].join('\n')}\n`
}
