// How long the last calls of something took, and how many there were.
import type { WorkRow } from './monitor.js'

/** Times that are kept of each. 512: enough for a 99th part that means something. */
const KEPT = 512
/** Seconds over which a rate is told. */
const RATE_SECONDS = 10

export class Times {
  readonly #kept: number[] = []
  readonly #seconds: number[] = [0]
  #next = 0
  #count = 0
  #errors = 0

  add(ms: number, failed: boolean): void {
    this.#kept[this.#next] = ms
    this.#next = (this.#next + 1) % KEPT
    this.#count++
    if (failed) this.#errors++
    this.#seconds[0] = (this.#seconds[0] ?? 0) + 1
  }

  /** A second is over. */
  tick(): void {
    this.#seconds.unshift(0)
    this.#seconds.length = Math.min(this.#seconds.length, RATE_SECONDS + 1)
  }

  row(name: string): WorkRow {
    const sorted = [...this.#kept].sort((a, b) => a - b)
    const whole = this.#seconds.slice(1)
    const sum = whole.reduce((all, each) => all + each, 0)
    return {
      name,
      count: this.#count,
      errors: this.#errors,
      p50: part(sorted, 0.5),
      p95: part(sorted, 0.95),
      rate: whole.length === 0 ? 0 : sum / whole.length,
    }
  }
}

/** The time below which this part of the sorted times lies. */
export function part(sorted: readonly number[], of: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))]
}
