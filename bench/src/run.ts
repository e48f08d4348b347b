// Runs subjects interleaved: in each round every subject does each task for a short slice, so that
// whatever else the machine does meets all of them alike. Ratios are made within a round.
import type { CoreChoice } from './cores.js'
import { Pair, type PairOptions, type PairSlice } from './pair.js'
import { type Spread, spread } from './statistics.js'
import { loadSubject, type SubjectName } from './subjects/index.js'
import type { Bar, Suite, TaskName } from './suite.js'
import { type Length, tasks } from './work.js'

export interface RunOptions extends PairOptions {
  readonly rounds: number
  readonly length: Length
  /** Unmeasured calls before each slice, since the subject's code and caches rested. */
  readonly warm: Length
  progress(text: string): void
}

export interface Row {
  readonly subject: SubjectName
  readonly title: string
  /** Each figure of the task, over the rounds. */
  readonly figures: Readonly<Record<string, Spread>>
  /** The main figure against the floor's in the same round. Absent when the floor did not run. */
  readonly ratio?: Spread
  /** Microseconds for each call. `server` is absent where both sides are one process. */
  readonly cpu: { readonly client: Spread; readonly server?: Spread }
  readonly calls: number
  readonly bar?: { readonly ratio: number; readonly met: boolean }
}

export interface Table {
  readonly task: TaskName
  readonly title: string
  readonly figure: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly rows: readonly Row[]
}

export interface Outcome {
  readonly suite: string
  readonly floor: SubjectName
  readonly rounds: number
  readonly length: Length
  readonly cores: CoreChoice
  readonly tables: readonly Table[]
  /** Subjects that could not be measured to the end, and why. */
  readonly failures: readonly {
    readonly subject: SubjectName
    readonly message: string
  }[]
}

type Slices = Map<TaskName, PairSlice[]>

export async function run(suite: Suite, options: RunOptions): Promise<Outcome> {
  const failures: { subject: SubjectName; message: string }[] = []
  const pairs = new Map<SubjectName, Pair>()
  const titles = new Map<SubjectName, string>()
  const slices = new Map<SubjectName, Slices>()

  /** A subject that fails is left out of the rest; the others are not disturbed. */
  const attempt = async (name: SubjectName, what: () => Promise<void>) => {
    try {
      await what()
    } catch (error) {
      failures.push({
        subject: name,
        message: error instanceof Error ? error.message : String(error),
      })
      pairs.get(name)?.kill()
      pairs.delete(name)
    }
  }

  for (const name of suite.subjects) {
    options.progress(`starting ${name}`)
    await attempt(name, async () => {
      const subject = await loadSubject(name)
      titles.set(name, subject.title)
      slices.set(name, new Map(suite.tasks.map((task) => [task, []])))
      pairs.set(name, await Pair.start(name, subject, options))
    })
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const task of suite.tasks) {
      for (const [name, pair] of rotated([...pairs], round)) {
        options.progress(`round ${round + 1} of ${options.rounds}: ${task}, ${name}`)
        await attempt(name, async () => {
          await pair.slice(task, options.warm)
          slices
            .get(name)
            ?.get(task)
            ?.push(await pair.slice(task, options.length))
        })
      }
    }
  }
  for (const [name, pair] of pairs) {
    options.progress(`ending ${name}`)
    await attempt(name, () => pair.stop())
  }
  options.progress('')

  const measured = suite.subjects.filter((name) => !failures.some((one) => one.subject === name))
  const tables = suite.tasks.map((task): Table => {
    const { title, figure, unit, better } = tasks[task]
    const of = (name: SubjectName) => slices.get(name)?.get(task) ?? []
    const floor = measured.includes(suite.floor) ? of(suite.floor) : undefined
    const rows = measured.map((name): Row => {
      const row = summary(task, of(name), floor)
      // The bars were set for two processes that the system places.
      const bars = options.cores.choice === 'free' ? suite.bars : []
      const bar = judged(bars, name, task, row.ratio)
      return {
        subject: name,
        title: titles.get(name) ?? '',
        ...row,
        ...(bar && { bar }),
      }
    })
    return { task, title, figure, unit, better, rows }
  })
  return {
    suite: suite.name,
    floor: suite.floor,
    rounds: options.rounds,
    length: options.length,
    cores: options.cores.choice,
    tables,
    failures,
  }
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
): Pick<Row, 'figures' | 'ratio' | 'cpu' | 'calls'> {
  const names = Object.keys(rounds[0]?.figures ?? {})
  const figure = (slice: PairSlice | undefined, name: string) => slice?.figures[name] ?? Number.NaN
  const main = tasks[task].figure
  const oneProcess = rounds.every((slice) => slice.serverCpu === 0)
  return {
    figures: Object.fromEntries(
      names.map((name) => [name, spread(rounds.map((slice) => figure(slice, name)))]),
    ),
    ...(floor && {
      ratio: spread(rounds.map((slice, at) => figure(slice, main) / figure(floor[at], main))),
    }),
    cpu: {
      client: spread(rounds.map((slice) => slice.cpu / slice.calls)),
      ...(!oneProcess && {
        server: spread(rounds.map((slice) => slice.serverCpu / slice.calls)),
      }),
    },
    calls: rounds.reduce((sum, slice) => sum + slice.calls, 0),
  }
}

function judged(
  bars: readonly Bar[],
  subject: SubjectName,
  task: TaskName,
  ratio: Spread | undefined,
): Row['bar'] {
  const bar = bars.find((one) => one.subject === subject && one.task === task)
  if (bar === undefined || ratio === undefined) return undefined
  const lower = tasks[task].better === 'lower'
  return {
    ratio: bar.ratio,
    met: lower ? ratio.median <= bar.ratio : ratio.median >= bar.ratio,
  }
}
