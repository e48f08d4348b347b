// What a run compares: subjects, tasks, and the bars they are held to.
import type { SubjectName } from './subjects/index.js'
import type { tasks } from './work.js'

export type TaskName = keyof typeof tasks

/** A promise about a subject's ratio to the floor: at most this where lower is better, else at least this. */
export interface Bar {
  readonly subject: string
  readonly task: TaskName
  readonly ratio: number
}

export interface Suite {
  readonly name: string
  /** What the ratios are to. */
  readonly floor: SubjectName
  readonly subjects: readonly SubjectName[]
  readonly tasks: readonly TaskName[]
  readonly bars: readonly Bar[]
}
