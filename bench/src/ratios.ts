// Ratios between two subjects, made within a round: what the machine did then met both.
import type { PairSlice } from './pair.js'
import { type Spread, spread } from './statistics.js'
import type { SubjectName } from './subjects/index.js'
import type { TaskName } from './task-name.js'
import { tasks } from './work.js'

/** The slices of one subject in one task, one for each round. */
export type Slices = (name: SubjectName, task: TaskName) => readonly PairSlice[]

/** One subject's main figure by another's, round by round. */
export function ratios(
  task: TaskName,
  ours: readonly PairSlice[],
  theirs: readonly PairSlice[],
): Spread {
  const main = tasks[task].figure
  const figure = (slice: PairSlice | undefined) => slice?.figures[main] ?? Number.NaN
  return spread(ours.map((slice, at) => figure(slice) / figure(theirs[at])))
}
