// From the start of a process to its first answer: the command `tieline call`, and a program of each
// subject that asks once and ends, beside Node itself.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judged, type Outcome, type Row } from '../outcome.js'
import { Side } from '../pair.js'
import { type Spread, spread } from '../statistics.js'
import type { Group } from '../subject.js'
import { loadSubject, others, type SubjectName, subjectsAmong } from '../subjects/index.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'
import { value } from '../work.js'

const floor = 'node -e 0'
const command = 'tieline call'
const subjects: readonly SubjectName[] = [
  'raw',
  'tieline-native',
  'tieline-zod',
  'tieline-msgpack-rpc',
  ...others,
]
const absent: Readonly<Partial<Record<SubjectName, string>>> = {
  'message-port': 'the other side is a thread of the same process',
  'process-send-json': 'the other side is its own child',
}

/** A program that is started again and again. */
interface Program {
  readonly name: string
  readonly title: string
  readonly group: Group
  readonly args: readonly string[]
}

export const coldStart: BenchSuite = {
  name: 'cold-start',
  about: 'from the start of a process to its first answer; half a minute',
  run: measure,
}

async function measure(options: SuiteOptions): Promise<Outcome> {
  const { quick, rounds = quick ? 3 : 15, progress } = options
  const servers: Side[] = []
  const failures: { subject: string; message: string }[] = []
  const programs: Program[] = [
    {
      name: floor,
      title: 'Node itself, a script that does nothing',
      group: 'floor',
      args: ['-e', '0'],
    },
  ]
  try {
    for (const name of options.only ? subjectsAmong(options.only, subjects) : subjects) {
      progress(`cold start: starting ${name}`)
      const path = join(options.directory, name)
      const { title, group } = await loadSubject(name)
      servers.push(await Side.start('server', name, path, { profile: undefined }))
      if (name === 'tieline-native') programs.push(commandAt(path))
      programs.push({ name, title, group, args: [firstAnswer, name, path] })
    }
    const times = new Map<string, number[]>(programs.map(({ name }) => [name, []]))
    for (let round = 0; round <= rounds; round++) {
      for (const program of programs) {
        progress(`cold start, round ${round} of ${rounds}: ${program.name}`)
        const ms = await timed(program, failures)
        // The first round brings the files into the system's cache.
        if (round > 0) times.get(program.name)?.push(ms)
      }
    }
    return outcome(programs, times, failures, rounds, !options.only)
  } finally {
    for (const server of servers) server.kill()
  }
}

const firstAnswer = fileURLToPath(new URL('../first-answer.js', import.meta.url))

function commandAt(path: string): Program {
  const bin = new URL('../../bin/tieline.cjs', import.meta.resolve('tieline'))
  const args = [fileURLToPath(bin), 'call', `unix:${path}`, 'call', JSON.stringify(value)]
  return { name: command, title: 'the command, as a shell starts it', group: 'ours', args }
}

/** Milliseconds from spawn to exit. */
async function timed(
  { name, args }: Program,
  failures: { subject: string; message: string }[],
): Promise<number> {
  const begun = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code, signal] = await once(child, 'exit')
  const ms = performance.now() - begun
  if (code !== 0 && !failures.some(({ subject }) => subject === name))
    failures.push({ subject: name, message: `ended with ${signal ?? `code ${code}`}` })
  return ms
}

function outcome(
  programs: readonly Program[],
  times: ReadonlyMap<string, readonly number[]>,
  failures: Outcome['failures'],
  rounds: number,
  withAbsent: boolean,
): Outcome {
  const bare = times.get(floor) ?? []
  const ratio = (name: string): Spread | undefined => {
    const own = times.get(name)
    return own && spread(own.map((ms, round) => ms / (bare[round] ?? Number.NaN)))
  }
  const good = programs.filter(({ name }) => !failures.some(({ subject }) => subject === name))
  const rows = good.map(({ name, group }): Row => {
    const to = ratio(name)
    return {
      subject: name,
      group,
      figures: { time: spread(times.get(name) ?? []) },
      ...(to && { ratio: to }),
    }
  })
  const others = Object.entries(absent).map(
    ([subject, why]): Row => ({ subject, group: 'peer', figures: {}, absent: why }),
  )
  return {
    suite: 'cold-start',
    title: 'From the start of a process to its first answer',
    notes: [`A new process each time, until it has ended; ${rounds} rounds, interleaved.`],
    tables: [
      {
        task: 'cold-start',
        title: 'process start, connect, one call, end',
        short: 'cold start',
        figure: 'time',
        unit: 'ms',
        better: 'lower',
        floor,
        rows: [...rows, ...(withAbsent ? others : [])],
      },
    ],
    bars: times.has(command)
      ? [judged(`${command}, from process start, to ${floor}`, 'at most', 1.6, ratio(command))]
      : [],
    legend: good.map(({ name, title }) => ({ name, title })),
    failures,
  }
}
