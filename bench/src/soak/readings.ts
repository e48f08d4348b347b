// What a process had open and held in memory over the soak: the time after the warm-up against the end.
import { quantile } from '../statistics.js'
import { memoryMiB, openDescriptors } from './part.js'

export interface Flatness {
  /** The fewest that were open, early and at the end. */
  readonly descriptors: readonly [number, number]
  /** MiB, the median, early and at the end. */
  readonly memory: readonly [number, number]
  /** What is not flat; empty when all is. */
  readonly problems: readonly string[]
}

/** A third of the run at most, and no more than a minute: by then the compiler has seen every path. */
const WARM_UP_PART = 1 / 3
const WARM_UP_MS = 60_000
/** Of what is left after the warm-up, how much is "early" and how much is "the end". */
const WINDOW_PART = 1 / 4
/** Below that a median says nothing. */
const FEWEST_READINGS = 3
/**
 * MiB by which a median may grow. 16: three minutes of a sound driver moved it by 3, and a leak of
 * 100 KB a restart is past it within ten minutes.
 */
export const MOST_GROWTH = 16

export class Readings {
  readonly #taken: { readonly at: number; readonly open: number; readonly memory: number }[] = []

  /** `at`: milliseconds since the soak began. */
  take(pid: number, at: number): void {
    this.#taken.push({ at, open: openDescriptors(pid), memory: memoryMiB(pid) })
  }

  judge(ms: number): Flatness {
    const from = Math.min(ms * WARM_UP_PART, WARM_UP_MS)
    const length = (ms - from) * WINDOW_PART
    const early = this.#taken.filter(({ at }) => at >= from && at < from + length)
    const late = this.#taken.filter(({ at }) => at >= ms - length)
    const fewest = (some: typeof early) => Math.min(...some.map(({ open }) => open))
    const median = (some: typeof early) =>
      quantile(
        some.map(({ memory }) => memory).sort((a, b) => a - b),
        0.5,
      )
    const descriptors = [fewest(early), fewest(late)] as const
    const memory = [median(early), median(late)] as const
    const problems: string[] = []
    if (early.length < FEWEST_READINGS || late.length < FEWEST_READINGS)
      problems.push(`too few readings (${early.length} early, ${late.length} at the end)`)
    if (descriptors[1] > descriptors[0])
      problems.push(`descriptors grew from ${descriptors[0]} to ${descriptors[1]}`)
    if (memory[1] - memory[0] > MOST_GROWTH)
      problems.push(`memory grew by more than ${MOST_GROWTH} MiB`)
    return { descriptors, memory, problems }
  }
}
