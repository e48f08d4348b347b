// What a suite found, in one form for all of them: tables of figures, and the bars they are held to. The
// text, the JSON and the page are made of this and know no suite.
import type { Spread } from './statistics.js'
import type { Group } from './subject.js'

export interface Outcome {
  /** The suite's name, and what it is about in a few words. */
  readonly suite: string
  readonly title: string
  /** How it was measured: a sentence each. */
  readonly notes: readonly string[]
  readonly tables: readonly Table[]
  readonly bars: readonly BarResult[]
  /** What the names stand for. */
  readonly legend: readonly { readonly name: string; readonly title: string }[]
  /** What could not be measured to the end, and why. */
  readonly failures: readonly { readonly subject: string; readonly message: string }[]
}

/** One piece of work, and how each subject did it. */
export interface Table {
  readonly task: string
  readonly title: string
  /** Two or three words, for the head of a column. */
  readonly short: string
  /** The name of the figure that is compared, and its unit. */
  readonly figure: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly beside?: { readonly figure: string; readonly unit: string }
  /** What the CPU time is counted for. */
  readonly per?: string
  /** The row that the ratios are to. */
  readonly floor?: string
  readonly rows: readonly Row[]
}

export interface Row {
  readonly subject: string
  readonly group: Group
  /** Each figure of the task, over the rounds. Empty where the subject cannot do it. */
  readonly figures: Readonly<Record<string, Spread>>
  /** The main figure against the floor's in the same round. Absent when the floor did not run. */
  readonly ratio?: Spread
  /** Microseconds for each call. `server` is absent where both sides are one process. */
  readonly cpu?: { readonly client: Spread; readonly server?: Spread }
  /** Why there is no figure. */
  readonly absent?: string
  /** What else there is to say about it. */
  readonly note?: string
}

/** A promise, and what was measured of it. */
export interface BarResult {
  /** Whose figure of what, against whose: a line for a reader. */
  readonly what: string
  readonly sense: 'at most' | 'at least'
  readonly bar: number
  /** × for a ratio. */
  readonly unit: string
  readonly value?: Spread
  /** `unsure`: the median says met or missed, and the quartiles lie on both sides of the bar. */
  readonly verdict: 'met' | 'missed' | 'not judged'
  readonly unsure: boolean
}

/** Holds a figure to its bar. Without a figure, or for one that must not be judged, it says so. */
export function judged(
  what: string,
  sense: BarResult['sense'],
  bar: number,
  value: Spread | undefined,
  { unit = '×', judge = true } = {},
): BarResult {
  if (value === undefined || Number.isNaN(value.median) || !judge) {
    const shown = value && { value }
    return { what, sense, bar, unit, ...shown, verdict: 'not judged', unsure: false }
  }
  const meets = (figure: number) => (sense === 'at most' ? figure <= bar : figure >= bar)
  const verdict = meets(value.median) ? 'met' : 'missed'
  return { what, sense, bar, unit, value, verdict, unsure: meets(value.low) !== meets(value.high) }
}

/** Every bar that was judged is met, and nothing failed. */
export function isGood({ bars, failures }: Outcome): boolean {
  return failures.length === 0 && bars.every(({ verdict }) => verdict !== 'missed')
}
