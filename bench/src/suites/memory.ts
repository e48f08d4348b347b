// Memory for each idle connection, at 1,000 and at 10,000 of them, beside a bare socket with one listener.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Memory } from '../held.js'
import { judged, type Outcome, type Row, type Table } from '../outcome.js'
import { Side } from '../pair.js'
import { type Spread, spread } from '../statistics.js'
import type { Subject } from '../subject.js'
import { loadSubject, type SubjectName, subjectsAmong } from '../subjects/index.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'

const floor = 'raw-bare'
const measured: readonly SubjectName[] = [
  floor,
  'tieline-native',
  'tieline-msgpack-rpc',
  'tieline-websocket',
  'birpc',
  'vscode-jsonrpc',
  'capnweb',
  'trpc',
  'jayson',
  'grpc',
]
const absent: Readonly<Partial<Record<SubjectName, string>>> = {
  'message-port': 'each connection is a thread',
  'process-send-json': 'each connection is a process',
  zeromq: 'connections are its own; a process has at most 1,023 sockets',
  'http-unix': 'idle connections are closed',
  'http-fetch': 'idle connections are closed',
}
/** Connections before the first look: their code is compiled, their classes are known. */
const first = 100
const counts = [1000, 10_000] as const
type Count = (typeof counts)[number]

/** KiB for each connection. */
interface Taken {
  readonly server: number
  readonly client: number
}
type Found = Map<SubjectName, Partial<Record<Count, Taken[]>>>

export const memory: BenchSuite = {
  name: 'memory',
  about: 'memory for each of 1,000 and 10,000 idle connections; a minute',
  run: measure,
}

async function measure(options: SuiteOptions): Promise<Outcome> {
  // One round unless told: 10,000 connections are a mean of their own.
  const { quick, rounds = 1, progress } = options
  const names = chosen(options.only)
  const most = openFiles()
  const reached = counts.filter((count) => count + first + 100 < most && !(quick && count > 1000))
  const found: Found = new Map(names.map((name) => [name, {}]))
  const failures: { subject: string; message: string }[] = []
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      if (failures.some(({ subject }) => subject === name)) continue
      progress(`memory, round ${round + 1} of ${rounds}: ${name}`)
      try {
        await hold(name, join(options.directory, `${name}-${round}`), reached, found, options)
      } catch (error) {
        failures.push({ subject: name, message: (error as Error).message })
      }
    }
  }
  const subjects = await Promise.all(
    names.map(async (name) => [name, await loadSubject(name)] as const),
  )
  return {
    suite: 'memory',
    title: 'Memory for each idle connection',
    notes: [
      'Resident memory of each process after a collection, by the number of connections made since',
      `the first ${first}. Each connection made one call and was left alone.`,
      ...(reached.length === counts.length || quick
        ? []
        : [`A process may open ${most} files: too few for ${counts.at(-1)} connections.`]),
    ],
    tables: reached.map((count) => table(count, subjects, found, !options.only)),
    bars: bars(found, names),
    legend: subjects.map(([name, { title }]) => ({ name, title })),
    failures,
  }
}

function chosen(only: readonly string[] | undefined): readonly SubjectName[] {
  if (only === undefined) return measured
  const names = subjectsAmong(only, measured)
  return names.includes(floor) ? names : [floor, ...names]
}

async function hold(
  name: SubjectName,
  path: string,
  reached: readonly Count[],
  found: Found,
  options: SuiteOptions,
): Promise<void> {
  const plain = { ...options, profile: undefined }
  const server = await Side.start('held', name, path, plain)
  let client: Side | undefined
  try {
    client = await Side.start('holder', name, path, plain)
    await client.ask({ ask: 'hold', count: first })
    const before = await resident(server, client)
    let connections = 0
    for (const count of reached) {
      await client.ask({ ask: 'hold', count: count - connections })
      connections = count
      const now = await resident(server, client)
      const each = (side: keyof Taken) => (now[side] - before[side]) / count / 1024
      const taken = found.get(name) ?? {}
      taken[count] = [...(taken[count] ?? []), { server: each('server'), client: each('client') }]
      found.set(name, taken)
    }
  } finally {
    client?.kill()
    server.kill()
  }
}

async function resident(server: Side, client: Side): Promise<Taken> {
  const of = async (side: Side) => ((await side.ask({ ask: 'memory' })) as Memory).resident
  return { server: await of(server), client: await of(client) }
}

function table(
  count: Count,
  subjects: readonly (readonly [SubjectName, Subject])[],
  found: Found,
  withAbsent: boolean,
): Table {
  const rows = subjects.flatMap(([name, { group }]): Row[] => {
    const taken = found.get(name)?.[count]
    if (taken === undefined) return []
    const of = (side: keyof Taken) => spread(taken.map((each) => each[side]))
    const ratio = ratioOf(found, name, count)
    const figures = { server: of('server'), client: of('client') }
    return [{ subject: name, group, figures, ...(ratio && { ratio }) }]
  })
  const others = Object.entries(absent).map(
    ([subject, why]): Row => ({ subject, group: 'peer', figures: {}, absent: why }),
  )
  return {
    task: `memory-${count}`,
    title: `memory for each of ${count.toLocaleString('en')} idle connections, server's side`,
    short: `${count.toLocaleString('en')} idle`,
    figure: 'server',
    unit: 'KiB',
    better: 'lower',
    beside: { figure: 'client', unit: 'KiB' },
    floor,
    rows: [...rows, ...(withAbsent ? others : [])],
  }
}

function ratioOf(
  found: Found,
  name: SubjectName,
  count: Count,
  side: keyof Taken = 'server',
): Spread | undefined {
  const ours = found.get(name)?.[count]
  const bare = found.get(floor)?.[count]
  if (ours === undefined || bare === undefined) return undefined
  return spread(ours.map((taken, round) => taken[side] / (bare[round]?.[side] ?? Number.NaN)))
}

function bars(found: Found, names: readonly SubjectName[]) {
  return (['tieline-native', 'tieline-msgpack-rpc'] as const)
    .filter((name) => names.includes(name))
    .map((name) => {
      const what = `${name}, memory of the server at 10,000 idle connections, to a bare socket`
      return judged(what, 'at most', 1.3, ratioOf(found, name, 10_000))
    })
}

/** How many files a process may open. Node raises its own limit to the hard one when it starts. */
function openFiles(): number {
  try {
    const line = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return line ? Number(line[1]) : Number.POSITIVE_INFINITY
  } catch {
    // Not Linux: the connections themselves will tell.
    return Number.POSITIVE_INFINITY
  }
}
