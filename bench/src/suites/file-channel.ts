// The file channel against the original's algorithm, in one run: round trips between two processes,
// messages one way, CPU of an idle side.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figures, Task } from '../mailbox/host.js'
import { judged, type Outcome, type Table } from '../outcome.js'
import { quantile, type Spread, spread } from '../statistics.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'

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

type Figure = 'p50' | 'p99' | 'sent' | 'arrived' | 'lost' | 'idle'
/** Each figure of each subject, round by round. */
type Found = Readonly<Record<Subject, Readonly<Record<Figure, number[]>>>>

const empty = () => ({ p50: [], p99: [], sent: [], arrived: [], lost: [], idle: [] })

export const fileChannel: BenchSuite = {
  name: 'file-channel',
  about: "the file channel against the original's algorithm; a minute",
  run: measure,
}

async function measure({
  quick,
  rounds = quick ? 1 : 3,
  progress,
}: SuiteOptions): Promise<Outcome> {
  const found: Found = { original: empty(), ours: empty() }
  for (let round = 0; round < rounds; round++) {
    for (const subject of SUBJECTS) {
      progress(`file channel, round ${round + 1} of ${rounds}: ${subject}`)
      const figures = found[subject]
      // A round trip of the original takes some 75 ms: fewer of them, in about the same time.
      const count = subject === 'original' ? 40 : 1000
      const times = await roundTrips(subject, quick ? count / 2 : count)
      figures.p50.push(quantile(times, 0.5))
      figures.p99.push(quantile(times, 0.99))
      const way = await oneWay(subject, quick ? 500 : 1500)
      figures.sent.push(way.sent)
      figures.arrived.push(way.arrived)
      figures.lost.push(way.lost)
      figures.idle.push(await idle(subject, quick ? 1500 : 4000))
    }
  }
  return outcome(found, rounds)
}

function outcome(found: Found, rounds: number): Outcome {
  const lower = { better: 'lower' } as const
  const higher = { better: 'higher' } as const
  const tables = [
    table(found, 'p50', {
      title: 'request and response',
      short: 'round trip',
      unit: 'ms',
      ...lower,
    }),
    table(found, 'arrived', {
      title: 'messages one way, arrived',
      short: 'one way',
      unit: '/s',
      ...higher,
    }),
    table(found, 'sent', {
      title: 'messages one way, accepted',
      short: 'accepted',
      unit: '/s',
      ...higher,
    }),
    table(found, 'lost', { title: 'messages lost on the way', short: 'lost', unit: '', ...lower }),
    table(found, 'idle', { title: 'CPU of an idle side', short: 'idle', unit: 'ms/s', ...lower }),
  ]
  return {
    suite: 'file-channel',
    title: "The file channel beside the original's algorithm",
    notes: [`Two processes and a directory, in turn, times ${rounds}. Ratios are to the original.`],
    tables,
    bars: [
      judged(
        'round trips, times quicker than the original',
        'at least',
        20,
        times(found, 'p50', true),
      ),
      judged(
        'one way, times what the original brings over',
        'at least',
        10,
        times(found, 'arrived', false),
      ),
      judged('idle CPU, times less than the original', 'at least', 1, times(found, 'idle', true)),
    ],
    legend: [
      { name: 'original', title: "the original's algorithm: rewrite, lock file, polling" },
      { name: 'ours', title: 'Tieline through the same two files' },
    ],
    failures: [],
  }
}

function table(
  found: Found,
  figure: Figure,
  about: Pick<Table, 'title' | 'short' | 'unit' | 'better'>,
): Table {
  const withP99 = figure === 'p50'
  return {
    task: figure,
    ...about,
    figure: withP99 ? 'p50' : 'value',
    ...(withP99 && { beside: { figure: 'p99', unit: about.unit } }),
    floor: 'original',
    rows: SUBJECTS.map((subject) => ({
      subject,
      group: subject === 'ours' ? 'ours' : 'peer',
      figures: {
        [withP99 ? 'p50' : 'value']: spread(found[subject][figure]),
        ...(withP99 && { p99: spread(found[subject].p99) }),
      },
      ...(figure !== 'lost' && {
        ratio: subject === 'ours' ? against(found, figure) : spread([1]),
      }),
    })),
  }
}

/** Ours by the original, round by round. */
function against(found: Found, figure: Figure): Spread {
  const { ours, original } = found
  return spread(ours[figure].map((mine, round) => mine / (original[figure][round] ?? Number.NaN)))
}

/** How many times better ours is. */
function times(found: Found, figure: Figure, lower: boolean): Spread {
  const { ours, original } = found
  return spread(
    ours[figure].map((mine, round) => {
      const theirs = original[figure][round] ?? Number.NaN
      return lower ? theirs / mine : mine / theirs
    }),
  )
}
