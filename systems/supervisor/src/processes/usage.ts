// How much of the machine an app uses: its whole group, by the system's own numbers.
import { listProcesses, membersOf, type ProcessEntry } from './process-table.js'

export interface Usage {
  readonly memoryBytes: number
  /** 100 is one core. */
  readonly cpuPercent: number
}

interface Sample extends Usage {
  readonly at: number
  readonly cpuMs: number
}

/** Milliseconds that a CPU figure is an average of, at the least. 250: 25 ticks of the system's clock. */
const LEAST_INTERVAL_MS = 250
/** Milliseconds that a listing of all processes may be used again: a status of many apps needs one. */
const LISTING_MS = 50

export class UsageMeter {
  readonly #samples = new Map<number, Sample>()
  #listing: ProcessEntry[] = []
  #listedAt = Number.NEGATIVE_INFINITY

  /** Of the group led by `pid`, since the last look at it; at the first look, since `startedAt` (1970 ms). */
  of(pid: number, startedAt: number): Usage {
    const now = performance.now()
    const before = this.#samples.get(pid)
    if (before !== undefined && now - before.at < LEAST_INTERVAL_MS) return before
    if (now - this.#listedAt > LISTING_MS) {
      this.#listing = listProcesses()
      this.#listedAt = now
    }
    const members = membersOf(pid, this.#listing)
    const cpuMs = members.reduce((sum, each) => sum + each.cpuMs, 0)
    const memoryBytes = members.reduce((sum, each) => sum + each.memoryBytes, 0)
    const elapsed = before === undefined ? Date.now() - startedAt : now - before.at
    const used = cpuMs - (before?.cpuMs ?? 0)
    const cpuPercent = Math.round((1000 * Math.max(0, used)) / Math.max(1, elapsed)) / 10
    const sample = { at: now, cpuMs, memoryBytes, cpuPercent }
    this.#samples.set(pid, sample)
    return sample
  }

  forget(pid: number): void {
    this.#samples.delete(pid)
  }
}
