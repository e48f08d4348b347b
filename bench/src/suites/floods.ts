// How long a peer waits for its answers while another peer of the same server floods it: the part of a
// flood that is a time, and so no test. The server, the flood and the measured peer are three processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { native } from 'tieline/dialect'
import { Peer } from 'tieline/peer'
import { local } from 'tieline/transport'
import { judged, type Outcome, type Row, type Table } from '../outcome.js'
import { quantile, type Spread, spread } from '../statistics.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'

const floods = ['notifications', 'calls', 'subscriptions'] as const
type Flood = (typeof floods)[number]

/** Calls of one reading: of 2,000, 20 lie above the 99th percentile. */
const CALLS = 2000
/** At most this many times as long as without a flood. */
const BAR = 2

const SERVER = `
  import { native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const service = ({ kind, method }) => {
    if (method === 'hello') return 'hi'
    if (kind === 'notify') return undefined
    if (kind === 'call') return new Promise(() => {})
    return (async function* () { yield 1; await new Promise(() => {}) })()
  }
  await local(process.argv[1]).listen({
    accept: (channel) => new Peer(channel, { protocol: native(), role: 'server', service }),
  })
  console.log('ready')
`

// As fast as it can, and then as fast as it is refused.
const FLOOD = `
  import { native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, what] = process.argv.slice(1)
  const limits = { calls: 100_000, streams: 100_000 }
  const peer = new Peer(await local(endpoint).connect(), { protocol: native(), role: 'client', limits })
  await peer.ready
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const one = {
    notifications: () => peer.notify('log', 'text'),
    calls: () => peer.call('wait', 0, { timeout: '1h' }).catch(() => {}),
    subscriptions: () => peer.stream('feed', 0, { timeout: '1h' }).next().catch(() => {}),
  }[what]
  console.log('ready')
  for (;;) {
    try {
      for (let n = 0; n < 1000; n++) one()
    } catch {}
    await turn()
  }
`

export const floodsSuite: BenchSuite = {
  name: 'floods',
  about: 'the 99th percentile of a small call while another peer floods the server; a minute',
  run,
}

async function run({ quick, rounds = quick ? 1 : 5, directory, progress }: SuiteOptions) {
  const p99 = new Map<Flood | 'none', number[]>([['none', []]])
  const ratios = new Map<Flood, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const flood of floods) {
      progress(`floods, round ${round + 1} of ${rounds}: ${flood}`)
      const [quiet, flooded] = await reading(join(directory, `${flood}-${round}.sock`), flood)
      push(p99, 'none', quiet)
      push(p99, flood, flooded)
      push(ratios, flood, flooded / quiet)
    }
  }
  return outcome(p99, ratios)
}

/** Microseconds without the flood and with it, over the same connection. */
async function reading(path: string, flood: Flood): Promise<[quiet: number, flooded: number]> {
  const endpoint = `unix:${path}`
  const programs: ChildProcess[] = []
  try {
    programs.push(await program(SERVER, [endpoint]))
    const peer = new Peer(await local(endpoint).connect(), { protocol: native(), role: 'client' })
    await peer.ready
    await latency(peer)
    const quiet = await latency(peer)
    programs.push(await program(FLOOD, [endpoint, flood]))
    const flooded = await latency(peer)
    peer.abort()
    return [quiet, flooded]
  } finally {
    for (const each of programs) {
      each.kill('SIGKILL')
      if (each.exitCode === null && each.signalCode === null) await once(each, 'exit')
    }
  }
}

async function program(code: string, args: readonly string[]): Promise<ChildProcess> {
  const flags = ['--input-type=module', '-e', code, ...args]
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(createInterface({ input: child.stdout }), 'line')
  return child
}

async function latency(peer: Peer): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < CALLS; n++) {
    const begun = performance.now()
    await peer.call('hello')
    times.push((performance.now() - begun) * 1000)
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.99,
  )
}

function push<K>(into: Map<K, number[]>, key: K, figure: number): void {
  into.set(key, [...(into.get(key) ?? []), figure])
}

function outcome(p99: Map<Flood | 'none', number[]>, ratios: Map<Flood, number[]>): Outcome {
  const rows = [...p99].map(([subject, figures]): Row => {
    const ratio: Spread | undefined =
      subject === 'none' ? undefined : spread(ratios.get(subject) ?? [])
    return { subject, group: 'ours', figures: { p99: spread(figures) }, ...(ratio && { ratio }) }
  })
  const table: Table = {
    task: 'flooded',
    title: 'A small call, one at a time, while another peer floods the server',
    short: 'flooded',
    figure: 'p99',
    unit: 'µs',
    better: 'lower',
    floor: 'none',
    rows,
  }
  return {
    suite: 'floods',
    title: 'Another peer’s flood',
    notes: [`${CALLS} calls for each reading, before the flood begins and while it lasts.`],
    tables: [table],
    bars: floods.map((flood) =>
      judged(
        `p99 beside ${flood}, to p99 without`,
        'at most',
        BAR,
        spread(ratios.get(flood) ?? []),
      ),
    ),
    legend: [
      { name: 'none', title: 'no flood' },
      ...floods.map((name) => ({ name, title: `${name} as fast as one process can send them` })),
    ],
    failures: [],
  }
}
