// Runs subjects interleaved: in each round every subject does each task for a short slice, so that
// whatever else the machine does meets all of them alike. Ratios are made within a round.
import { compared } from './compare.js'
import type { Outcome, Row, Table } from './outcome.js'
import { Pair, type PairOptions, type PairSlice } from './pair.js'
import { ratios, type Slices } from './ratios.js'
import { spread } from './statistics.js'
import type { Subject } from './subject.js'
import { loadSubject, type SubjectName } from './subjects/index.js'
import type { Suite } from './suite.js'
import type { TaskName } from './task-name.js'
import { type Length, tasks } from './work.js'

export interface RunOptions extends PairOptions {
  readonly rounds: number
  readonly length: Length
  /** Unmeasured calls before each slice, since the subject's code and caches rested. */
  readonly warm: Length
  progress(text: string): void
}

export async function run(suite: Suite, options: RunOptions): Promise<Outcome> {
  const failures: { subject: SubjectName; message: string }[] = []
  const pairs = new Map<SubjectName, Pair>()
  const subjects = new Map<SubjectName, Subject>()
  const slices = new Map<string, PairSlice[]>()
  const slicesOf: Slices = (name, task) => slices.get(`${name} ${task}`) ?? []

  /** A subject that fails is left out of the rest; the others are not disturbed. */
  const attempt = async (name: SubjectName, what: () => Promise<void>) => {
    try {
      await what()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      failures.push({ subject: name, message })
      pairs.get(name)?.kill()
      pairs.delete(name)
    }
  }

  for (const name of suite.subjects) {
    options.progress(`starting ${name}`)
    await attempt(name, async () => {
      const subject = await loadSubject(name)
      subjects.set(name, subject)
      for (const task of suite.tasks) slices.set(`${name} ${task}`, [])
      pairs.set(name, await Pair.start(name, subject, options))
    })
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const task of suite.tasks) {
      for (const [name, pair] of rotated([...pairs], round)) {
        if (subjects.get(name)?.cannot?.[task]) continue
        options.progress(`round ${round + 1} of ${options.rounds}: ${task}, ${name}`)
        await attempt(name, async () => {
          await pair.slice(task, options.warm)
          slices.get(`${name} ${task}`)?.push(await pair.slice(task, options.length))
        })
      }
    }
  }
  for (const [name, pair] of pairs) {
    options.progress(`ending ${name}`)
    await attempt(name, () => pair.stop())
  }
  options.progress('')

  const measured = [...subjects].filter(([name]) => !failures.some((one) => one.subject === name))
  const tables = suite.tasks.map((task): Table => {
    const { slice: _, ...about } = tasks[task]
    const withFloor = measured.some(([name]) => name === suite.floor)
    const floor = withFloor ? slicesOf(suite.floor, task) : undefined
    const rows = measured.map(([name, { group, cannot }]): Row => {
      const absent = cannot?.[task]
      if (absent) return { subject: name, group, figures: {}, absent }
      return { subject: name, group, ...summary(task, slicesOf(name, task), floor) }
    })
    return { task, ...about, floor: suite.floor, rows }
  })
  return {
    suite: suite.name,
    title: suite.title,
    notes: notes(suite, options),
    tables,
    bars: compared(suite, new Map(measured), slicesOf, options.cores.choice),
    legend: measured.map(([name, { title }]) => ({ name, title })),
    failures,
  }
}

function notes(suite: Suite, { rounds, length, cores }: RunOptions): string[] {
  return [
    `Each subject is two processes. ${rounds === 1 ? 'One round' : `${rounds} rounds`} of at least ${length.ms} ms each, interleaved.`,
    'Medians over the rounds, quartiles behind them.',
    `Ratios are to ${suite.floor}, made within a round. Cores: ${cores.choice}.`,
  ]
}

/** The first place in a round passes on, for what follows the floor might always meet a warm core. */
function rotated<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

function summary(
  task: TaskName,
  rounds: readonly PairSlice[],
  floor: readonly PairSlice[] | undefined,
): Pick<Row, 'figures' | 'ratio' | 'cpu'> {
  const names = Object.keys(rounds[0]?.figures ?? {})
  const figure = (name: string) => (slice: PairSlice) => slice.figures[name] ?? Number.NaN
  const ratio = floor && ratios(task, rounds, floor)
  const oneProcess = rounds.every((slice) => slice.serverCpu === 0)
  return {
    figures: Object.fromEntries(names.map((name) => [name, spread(rounds.map(figure(name)))])),
    ...(ratio && { ratio }),
    cpu: {
      client: spread(rounds.map((slice) => slice.cpu / slice.calls)),
      ...(!oneProcess && {
        server: spread(rounds.map((slice) => slice.serverCpu / slice.calls)),
      }),
    },
  }
}
