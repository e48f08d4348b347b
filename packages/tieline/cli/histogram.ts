// What a set of round trips was like: percentiles, and how many took how long.

export interface Summary {
  readonly min: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
  readonly mean: number
}

/** By nearest rank: each percentile is one of the samples. There must be at least one. */
export function summary(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number
  const total = sorted.reduce((sum, each) => sum + each, 0)
  return {
    min: at(0),
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: at(1),
    mean: total / sorted.length,
  }
}

export interface Bucket {
  /** From this on, in the samples' unit. */
  readonly from: number
  /** Up to this, not included. */
  readonly to: number
  readonly count: number
}

/** Borders in each power of ten: fine enough to see two humps, and few enough for one screen. */
const STEPS = [1, 1.5, 2, 3, 5, 7]

/** Neighbouring buckets from the smallest sample to the largest, the empty ones between included. */
export function buckets(samples: readonly number[]): Bucket[] {
  const counts = new Map<number, number>()
  for (const sample of samples) {
    const index = bucketOf(sample)
    counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  const first = Math.min(...counts.keys())
  const last = Math.max(...counts.keys())
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const index = first + offset
    return { from: border(index), to: border(index + 1), count: counts.get(index) ?? 0 }
  })
}

/** Round trips under a microsecond count as one: no clock tells them apart. */
const SMALLEST = 1e-3

function bucketOf(sample: number): number {
  const value = Math.max(sample, SMALLEST)
  let index = Math.floor(Math.log10(value)) * STEPS.length
  // The logarithm of a number just under a power of ten is rounded up.
  while (border(index) > value) index--
  while (border(index + 1) <= value) index++
  return index
}

function border(index: number): number {
  const power = Math.floor(index / STEPS.length)
  const step = STEPS[index - power * STEPS.length] as number
  return Number((step * 10 ** power).toPrecision(2))
}

/** Columns of the longest bar. 32: enough to compare by, and near to its number. */
const BAR = 32
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar whose length is `share` (0 to 1) of the longest, in `room` columns; never empty for a share above 0. */
export function bar(share: number, room = BAR): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(share * Math.min(BAR, room) * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}
