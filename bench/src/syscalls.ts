// System calls for each 1,000 calls, counted by strace on both processes. It slows them down a lot, so
// nothing else is measured then, and more is joined into one write than at full speed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome, Row, Table } from './outcome.js'
import { Pair } from './pair.js'
import { spread } from './statistics.js'
import { loadSubject, type SubjectName } from './subjects/index.js'
import type { Suite, SuiteOptions } from './suite.js'
import type { TaskName } from './task-name.js'
import { UsageError } from './usage-error.js'
import { tasks } from './work.js'

/** What is counted unless told: one call at a time, many, and one way. */
const usual: readonly TaskName[] = ['one', 'hundred', 'notify']
/** Counted while so long. */
const length = { ms: 400, calls: 200 }
const warm = { ms: 50, calls: 100 }

type Counts = ReadonlyMap<string, number>
interface Counted {
  readonly calls: number
  readonly client: Counts
  readonly server: Counts
}

export async function countSyscalls(suite: Suite, options: SuiteOptions): Promise<Outcome> {
  const chosen = options.task ? suite.tasks : suite.tasks.filter((task) => usual.includes(task))
  const failures: { subject: SubjectName; message: string }[] = []
  const rows = new Map<TaskName, Row[]>(chosen.map((task) => [task, []]))
  const legend: { name: string; title: string }[] = []
  for (const name of suite.subjects) {
    const subject = await loadSubject(name)
    let pair: Pair | undefined
    try {
      options.progress(`system calls: starting ${name}`)
      pair = await Pair.start(name, subject, options)
      for (const task of chosen) {
        options.progress(`system calls: ${task}, ${name}`)
        const absent = subject.cannot?.[task]
        const row = absent
          ? { subject: name, group: subject.group, figures: {}, absent }
          : { subject: name, group: subject.group, ...told(await counted(pair, task, options)) }
        rows.get(task)?.push(row)
      }
      legend.push({ name, title: subject.title })
      await pair.stop()
    } catch (error) {
      if (error instanceof UsageError) throw error
      failures.push({ subject: name, message: (error as Error).message })
      pair?.kill()
    }
  }
  return {
    suite: `${suite.name}-syscalls`,
    title: 'System calls',
    notes: [
      'Counted by strace on both processes and their threads, for each 1,000 calls. strace slows them',
      'down, so that more is joined than at full speed: only what the subjects have of one another counts.',
    ],
    tables: chosen.map((task) => table(suite, task, rows.get(task) ?? [])),
    bars: [],
    legend,
    failures,
  }
}

function table({ floor }: Suite, task: TaskName, rows: readonly Row[]): Table {
  const bare = rows.find(({ subject }) => subject === floor)?.figures.total?.median
  const { title, short, per } = tasks[task]
  return {
    task,
    title: `${title}: system calls for each 1,000`,
    short,
    per,
    figure: 'total',
    unit: 'both sides',
    better: 'lower',
    beside: { figure: 'server', unit: '' },
    floor,
    rows: rows.map((row) => {
      const total = row.figures.total?.median
      if (bare === undefined || total === undefined) return row
      return { ...row, ratio: spread([total / bare]) }
    }),
  }
}

function told({ calls, client, server }: Counted): Pick<Row, 'figures' | 'note'> {
  const per = (count: number) => (count * 1000) / calls
  const sum = (counts: Counts) => [...counts.values()].reduce((all, count) => all + count, 0)
  const both = new Map(client)
  for (const [name, count] of server) both.set(name, (both.get(name) ?? 0) + count)
  const most = [...both].sort(([, a], [, b]) => b - a).slice(0, 4)
  return {
    figures: { total: spread([per(sum(both))]), server: spread([per(sum(server))]) },
    note: most.map(([name, count]) => `${name} ${Math.round(per(count))}`).join(', '),
  }
}

async function counted(pair: Pair, task: TaskName, { directory }: SuiteOptions): Promise<Counted> {
  await pair.slice(task, warm)
  const { client, server } = pair.pids
  // A subject without a server process started its other side itself.
  const others = server === undefined ? await childrenOf(client) : [server]
  const clientFile = join(directory, 'client.strace')
  const serverFile = join(directory, 'server.strace')
  const traces = [await trace([client], clientFile)]
  if (others.length > 0) traces.push(await trace(others, serverFile))
  const { calls } = await pair.slice(task, length)
  for (const one of traces) {
    one.kill('SIGINT')
    await once(one, 'exit')
  }
  return {
    calls,
    client: parse(await readFile(clientFile, 'utf8')),
    server: others.length > 0 ? parse(await readFile(serverFile, 'utf8')) : new Map(),
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** strace on running processes and their threads; resolves when it counts. */
function trace(pids: readonly number[], file: string): Promise<ChildProcess> {
  const args = ['-c', '-f', '-o', file, ...pids.flatMap((pid) => ['-p', String(pid)])]
  const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  return new Promise((resolve, reject) => {
    let said = ''
    child.once('error', () => reject(new UsageError('--syscalls needs strace, and there is none')))
    child.once('exit', () => reject(new UsageError(`strace ended: ${said.trim()}`)))
    child.stderr?.on('data', (chunk) => {
      said += chunk
      // It says so for each process, and before the threads' own lines.
      if (pids.every((pid) => said.includes(`Process ${pid} attached`))) resolve(child)
    })
  })
}

/** The columns are: % time, seconds, usecs/call, calls, errors (may be empty), syscall. */
function parse(summary: string): Counts {
  const counts = new Map<string, number>()
  for (const line of summary.split('\n')) {
    const [share = '', , , calls, ...rest] = line.trim().split(/\s+/)
    const name = rest.at(-1)
    if (/^\d/.test(share) && name !== undefined && name !== 'total') counts.set(name, Number(calls))
  }
  return counts
}
