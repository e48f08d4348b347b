// What a suite of subjects compares: who, in which works, and the bars they are held to. And what every
// suite of the bench is, these and others, to the command.
import type { Cores } from './cores.js'
import type { Outcome } from './outcome.js'
import type { SubjectName } from './subjects/index.js'
import type { TaskName } from './task-name.js'

/** What the command line asks of a suite. */
export interface SuiteOptions {
  /** A few rounds of short slices: to see that it runs. */
  readonly quick: boolean
  /** How often each subject gets its turn; the suite's own number unless told. */
  readonly rounds: number | undefined
  /** Names of subjects: only these, and the floor. */
  readonly only: readonly string[] | undefined
  /** Names of tasks: only these. */
  readonly task: readonly string[] | undefined
  readonly cores: Cores
  /** Where both processes of each subject leave CPU profiles. */
  readonly profile: string | undefined
  /** Seconds of load, for suites that load something. */
  readonly seconds: number | undefined
  /** Empty, of this run alone, 0700, gone afterwards. */
  readonly directory: string
  /** What is being done now, for one line that is written over. */
  progress(text: string): void
}

/** One entry of suites/index.ts. */
export interface BenchSuite {
  readonly name: string
  /** For the help: what it measures, and about how long it takes. */
  readonly about: string
  run(options: SuiteOptions): Promise<Outcome>
  /** The system calls of its subjects, if it is a suite of subjects. */
  syscalls?(options: SuiteOptions): Promise<Outcome>
}

/** At most this where lower is better, else at least this: the ratio to the floor, or to another subject. */
export interface Bar {
  readonly subject: SubjectName
  readonly task: TaskName
  readonly ratio: number
  /** Against whom; the floor unless told. `peers`: the best of them. */
  readonly to?: SubjectName | 'peers'
}

export interface Suite {
  readonly name: string
  readonly title: string
  /** What the ratios are to. */
  readonly floor: SubjectName
  readonly subjects: readonly SubjectName[]
  readonly tasks: readonly TaskName[]
  readonly bars: readonly Bar[]
  /** Unless told otherwise. */
  readonly rounds: number
}
