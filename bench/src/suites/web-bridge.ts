// The web bridge: calls of functions against the same over HTTP, and HTTP through the bridge against
// the handler in the server itself and against the original.
import { connectRpc } from '@tieline/web-bridge'
import { Pool } from 'undici'
import { type BarResult, judged, type Outcome, type Row, type Table } from '../outcome.js'
import { type Spread, spread } from '../statistics.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'
import { httpCaller } from './web-bridge/http-caller.js'
import { type Caller, calls, requests } from './web-bridge/loads.js'
import { endAll, originalAbsent, startOriginal, startServer } from './web-bridge/start.js'
import { ANSWER, PATH } from './web-bridge/user.js'

/** Browsers at once. 50: what a page or two of a busy site have open. */
const CONNECTIONS = 50

export const webBridge: BenchSuite = {
  name: 'web-bridge',
  about: 'rpc against HTTP, the bridge against the handler inside and the original; two minutes',
  run: measure,
}

/** Each figure of each subject, round by round. */
class Found {
  readonly #figures = new Map<string, number[]>()

  add(subject: string, figure: string, value: number): void {
    const key = `${subject}/${figure}`
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), value])
  }

  of(subject: string, figure: string): readonly number[] {
    return this.#figures.get(`${subject}/${figure}`) ?? []
  }

  /** One subject's figure by another's, round by round: what the machine did then met both. */
  ratio(figure: string, subject: string, to: string): Spread | undefined {
    const theirs = this.of(to, figure)
    const own = this.of(subject, figure)
    if (own.length === 0 || theirs.length === 0) return undefined
    return spread(own.map((value, round) => value / (theirs[round] ?? Number.NaN)))
  }
}

async function measure(options: SuiteOptions): Promise<Outcome> {
  const { quick, rounds = quick ? 2 : 7, progress, directory } = options
  const found = new Found()
  const failures: { subject: string; message: string }[] = []
  progress('web bridge: starting')
  const bridge = await startServer('bridge', directory)
  const inside = await startServer('inside', directory)
  const bare = await startServer('bare', directory)
  const original = originalAbsent() === undefined ? await startOriginal(directory) : undefined
  const servers = { bare, inside, bridge, ...(original && { original }) }
  const rpc = await connectRpc({ at: bridge.endpoint })
  const pool = new Pool(bridge.url, { connections: 100 })
  const ways: Readonly<Record<string, Caller>> = {
    http: httpCaller(pool, bridge.token),
    rpc: (name, params) => rpc.call(name, params),
  }
  try {
    // The first round compiles the code, and counts for nothing.
    for (let round = 0; round <= rounds; round++) {
      const into = round === 0 ? new Found() : found
      const told = (what: string) => progress(`web bridge, round ${round} of ${rounds}: ${what}`)
      const ms = quick || round === 0 ? 300 : 1000
      for (const [name, call] of Object.entries(ways)) {
        told(name)
        const one = await calls(call, 1, ms)
        into.add(name, 'p50 at 1', one.p50)
        into.add(name, 'rate at 1', one.rate)
        const hundred = await calls(call, 100, ms)
        into.add(name, 'p50 at 100', hundred.p50)
        into.add(name, 'rate at 100', hundred.rate)
      }
      const load = { connections: CONNECTIONS, seconds: quick || round === 0 ? 1 : 2 }
      for (const [name, { url }] of Object.entries(servers)) {
        told(name)
        const figures = await requests(url + PATH, { ...load, body: ANSWER })
        into.add(name, 'requests', figures.rate)
        into.add(name, 'p50', figures.p50)
      }
      for (const way of ['http', 'rpc']) {
        told(`a page with 50 calls over ${way}`)
        const page = await requests(`${bridge.url}/page/${way}`, { ...load, connections: 4 })
        into.add(way, 'pages', page.rate)
      }
    }
  } catch (error) {
    failures.push({ subject: 'web-bridge', message: (error as Error).message })
  } finally {
    await rpc.close()
    await pool.close()
    endAll()
  }
  return {
    suite: 'web-bridge',
    title: 'The web bridge',
    notes: [
      `One process each for the server, its handlers and the load; ${rounds} rounds in turn.`,
      'Calls go from one process to the server over its local socket, or by POST /__zap_rpc over undici.',
      `Requests come over ${CONNECTIONS} connections from autocannon; every answer is compared.`,
    ],
    tables: tablesOf(found),
    bars: barsOf(found),
    legend: [
      { name: 'rpc', title: 'rpc.call over the local socket' },
      { name: 'http', title: 'POST /__zap_rpc over kept connections' },
      { name: 'bare', title: "Node's HTTP server with the handler in it, no router, no bridge" },
      { name: 'inside', title: "the bridge's HTTP server with the handler in it" },
      { name: 'bridge', title: 'the bridge: the handler is in another process' },
      { name: 'original', title: "zap 0.2.3 with the original's handler process" },
    ],
    failures,
  }
}

function tablesOf(found: Found): Table[] {
  const ofCalls = (figure: string, title: string, unit: string, better: Table['better']) =>
    table(found, ['http', 'rpc'], figure, { title, unit, better, short: figure })
  const ofServers = (figure: string, title: string, unit: string, better: Table['better']) =>
    table(found, ['inside', 'bare', 'bridge', 'original'], figure, {
      title,
      unit,
      better,
      short: figure,
    })
  return [
    ofCalls('p50 at 1', 'a call of a function, one in flight, p50', 'µs', 'lower'),
    ofCalls('rate at 1', 'calls a second, one in flight', '/s', 'higher'),
    ofCalls('p50 at 100', 'a call of a function, 100 in flight, p50', 'µs', 'lower'),
    ofCalls('rate at 100', 'calls a second, 100 in flight', '/s', 'higher'),
    ofServers('requests', 'HTTP requests a second', '/s', 'higher'),
    ofServers('p50', 'an HTTP request, p50', 'ms', 'lower'),
    ofCalls('pages', 'pages a second, each with 50 calls', '/s', 'higher'),
  ]
}

/** The first subject is what the ratios are to. */
function table(
  found: Found,
  subjects: readonly string[],
  figure: string,
  about: Pick<Table, 'title' | 'unit' | 'better' | 'short'>,
): Table {
  const [floor = ''] = subjects
  return {
    task: figure,
    ...about,
    figure: 'value',
    floor,
    rows: subjects.map((subject): Row => {
      const own = found.of(subject, figure)
      const ours = subject === 'bridge' || subject === 'rpc'
      const group = subject === floor ? 'floor' : ours ? 'ours' : 'peer'
      if (own.length === 0) {
        return { subject, group, figures: {}, absent: originalAbsent() ?? 'not measured' }
      }
      const ratio = found.ratio(figure, subject, floor)
      return { subject, group, figures: { value: spread(own) }, ...(ratio && { ratio }) }
    }),
  }
}

function barsOf(found: Found): BarResult[] {
  const bar = (what: string, least: number, value: Spread | undefined) =>
    judged(what, 'at least', least, value)
  return [
    bar(
      'rpc.call, times quicker than over HTTP, p50 at 1',
      3,
      found.ratio('p50 at 1', 'http', 'rpc'),
    ),
    bar(
      'rpc.call, times the calls/s over HTTP at 100',
      20,
      found.ratio('rate at 100', 'rpc', 'http'),
    ),
    bar(
      'requests/s through the bridge, to the handler in the server',
      0.5,
      found.ratio('requests', 'bridge', 'inside'),
    ),
    bar(
      "the same, to Node's server with the handler in it",
      0.5,
      found.ratio('requests', 'bridge', 'bare'),
    ),
    bar(
      'requests/s through the bridge, to the original',
      1,
      found.ratio('requests', 'bridge', 'original'),
    ),
  ]
}
