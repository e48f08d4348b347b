// Watches a run: its limits and its health. What must not go on is told once, with the reason.
import type { AppConfig } from '../config/app-config.js'
import { HealthWatch } from '../processes/health.js'
import { LimitWatch } from '../processes/limit-watch.js'
import type { UsageMeter } from '../processes/usage.js'
import type { StatusEvent } from './events.js'

export interface RunWatchHooks {
  readonly meter: UsageMeter
  readonly tell: (event: StatusEvent) => void
  readonly condemn: (reason: string) => void
}

export class RunWatch {
  readonly #limits: LimitWatch | undefined
  readonly #health: HealthWatch | undefined

  constructor(
    config: AppConfig,
    run: { readonly pid: number; readonly startedAt: number },
    { meter, tell, condemn }: RunWatchHooks,
  ) {
    const app = config.id
    if (config.maxMemory !== undefined || config.maxCpuPercent !== undefined) {
      this.#limits = new LimitWatch(config, run, meter, ({ resource, value, limit }) => {
        tell({ event_type: 'resource_limit_exceeded', data: { app, resource, value, limit } })
        condemn(`its ${resource} limit was exceeded: ${value}, the limit is ${limit}`)
      })
    }
    if (config.healthCheck === undefined) return
    const { retries } = config.healthCheck
    this.#health = new HealthWatch(config, config.healthCheck, {
      failed: (reason, failures) =>
        tell({ event_type: 'health_check_failed', data: { app, reason, failures, retries } }),
      unhealthy: (reason) => condemn(`its health check failed: ${reason}`),
    })
  }

  /** Undefined without a health check, and before its first answer. */
  get healthy(): boolean | undefined {
    return this.#health?.healthy
  }

  stop(): void {
    this.#limits?.stop()
    this.#health?.stop()
  }
}
