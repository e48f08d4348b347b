// Minds the limits of a running app: memory at once, processor time when it lasts.
import type { AppConfig } from '../config/app-config.js'
import type { UsageMeter } from './usage.js'

/** Milliseconds between looks. 1 s: a leak is found in time, and a look costs some milliseconds. */
const LOOK_MS = 1000
/** Looks in a row above the CPU limit until it counts: every program is busy while it starts. */
const CPU_LOOKS = 5

export interface Excess {
  readonly resource: 'memory' | 'cpu'
  readonly value: number
  readonly limit: number
}

export class LimitWatch {
  readonly #timer: NodeJS.Timeout
  #above = 0

  /** `exceeded` is told once. */
  constructor(
    config: Pick<AppConfig, 'maxMemory' | 'maxCpuPercent'>,
    run: { readonly pid: number; readonly startedAt: number },
    meter: UsageMeter,
    exceeded: (excess: Excess) => void,
  ) {
    this.#timer = setInterval(() => {
      const excess = this.#look(config, meter, run)
      if (excess === undefined) return
      this.stop()
      exceeded(excess)
    }, LOOK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(
    { maxMemory, maxCpuPercent }: Pick<AppConfig, 'maxMemory' | 'maxCpuPercent'>,
    meter: UsageMeter,
    run: { readonly pid: number; readonly startedAt: number },
  ): Excess | undefined {
    const { memoryBytes, cpuPercent } = meter.of(run.pid, run.startedAt)
    if (maxMemory !== undefined && memoryBytes > maxMemory) {
      return { resource: 'memory', value: memoryBytes, limit: maxMemory }
    }
    if (maxCpuPercent === undefined) return undefined
    this.#above = cpuPercent > maxCpuPercent ? this.#above + 1 : 0
    if (this.#above < CPU_LOOKS) return undefined
    return { resource: 'cpu', value: cpuPercent, limit: maxCpuPercent }
  }
}
