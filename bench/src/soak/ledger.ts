// The traffic's book: every call is entered with its deadline, and what it came to: answered rightly,
// lost in a way that a disturbance allows, or a fault.
import { isTielineError } from 'tieline'
import { quantile } from '../statistics.js'

export interface Tally {
  answered: number
  /** Rejected in time, with an error that says so, while something was disturbed. */
  lost: number
}

export interface LatencyPoint {
  /** Seconds since the soak began. */
  readonly at: number
  readonly p50: number
  readonly p99: number
}

/** What a worker process tells its soak once in a while. */
export interface LedgerReport extends Tally {
  readonly faults: readonly string[]
  readonly latencies: readonly number[]
}

/**
 * Milliseconds after a call's own deadline at which it counts as hanging. 10 s: timers fire late on a
 * machine with more processes than cores, and nothing that hangs ends by itself.
 */
const SLACK_MS = 10_000
/** Latencies kept for each point of the plot. */
const MOST_SAMPLES = 2000
/** Faults that are kept: the first ones tell the most. */
const MOST_FAULTS = 20

/** What a call may come to when the other side is killed, stopped or away. */
const ALLOWED: ReadonlySet<string> = new Set([
  'connection-lost',
  'connection-refused',
  'unavailable',
  'deadline-exceeded',
])

export class Ledger implements Tally {
  answered = 0
  lost = 0
  readonly faults: string[] = []
  readonly points: LatencyPoint[] = []
  readonly #samples: number[] = []
  #disturbed = true
  #disturbances = 0

  /** From a disturbance until the part is whole again calls may be lost, and not otherwise. */
  get disturbed(): boolean {
    return this.#disturbed
  }
  set disturbed(is: boolean) {
    if (is) this.#disturbances++
    this.#disturbed = is
  }

  fault(text: string): void {
    if (this.faults.length < MOST_FAULTS && !this.faults.includes(text)) this.faults.push(text)
  }

  /**
   * Makes a call and enters what it came to. Resolves with the answer, or undefined when it was lost.
   * `run` must end within `ms`, which it is expected to see to itself.
   */
  async call<T>(what: string, ms: number, run: () => Promise<T>): Promise<T | undefined> {
    const [before, began] = [this.#disturbances, performance.now()]
    const whether = this.#disturbed
    try {
      const answer = await within(what, ms + SLACK_MS, run())
      this.answered++
      this.took(performance.now() - began)
      return answer
    } catch (error) {
      if (error instanceof Hanging) this.fault(error.message)
      else if (!isAllowed(error)) this.fault(`${what}: ${textOf(error)}`)
      else if (!whether && before === this.#disturbances)
        this.fault(`${what} was lost while nothing was disturbed: ${textOf(error)}`)
      else this.lost++
      return undefined
    }
  }

  took(ms: number): void {
    if (this.#samples.length < MOST_SAMPLES) this.#samples.push(ms)
  }

  merge({ answered, lost, faults, latencies }: LedgerReport): void {
    this.answered += answered
    this.lost += lost
    for (const text of faults) this.fault(text)
    for (const ms of latencies) this.took(ms)
  }

  /** What there is since the last time, for another process. */
  report(): LedgerReport {
    const { answered, lost } = this
    this.answered = 0
    this.lost = 0
    return { answered, lost, faults: this.faults.splice(0), latencies: this.#samples.splice(0) }
  }

  /** Makes a point of the plot of what came since the last one. */
  point(at: number): void {
    if (this.#samples.length === 0) return
    const sorted = this.#samples.splice(0).sort((a, b) => a - b)
    this.points.push({ at, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) })
  }
}

class Hanging extends Error {}

/** Marks an error that is not the toolkit's as one that a disturbance allows. */
export class Lost extends Error {}

function isAllowed(error: unknown): boolean {
  return error instanceof Lost || (isTielineError(error) && ALLOWED.has(error.code))
}

export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause, message } = error
  // Most causes are told by the message already.
  if (!(cause instanceof Error) || message.includes(cause.message)) return message
  return `${message} (${cause.message})`
}

/** Every wait of the soak goes through here or has a deadline of its own. */
export async function within<T>(what: string, ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Hanging(`${what} hangs: nothing after ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
