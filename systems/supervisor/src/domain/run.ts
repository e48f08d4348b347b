// One run of an app: its process from the start to the end, and who watches it meanwhile. Which runs
// there are, and when, is the app's to decide.
import { closeSync } from 'node:fs'
import type { AppConfig } from '../config/app-config.js'
import type { AppLogs } from '../logs/app-logs.js'
import { AppProcess, type Exit, type RunRecord } from '../processes/app-process.js'
import type { Usage } from '../processes/usage.js'
import { stopFailed } from './errors.js'
import { failureOf } from './policy.js'
import { RunWatch, type RunWatchHooks } from './run-watch.js'

export interface RunHooks extends Omit<RunWatchHooks, 'condemn'> {
  /** It must not go on, and this is why. Told once for each configuration it is watched by. */
  readonly condemn: (run: Run, reason: string) => void
  /** Output may come soon. */
  readonly outputComes: () => void
}

export class Run {
  readonly #process: AppProcess
  readonly #logs: AppLogs
  readonly #hooks: RunHooks
  #watch: RunWatch | undefined
  #condemned: string | undefined

  private constructor(process: AppProcess, logs: AppLogs, hooks: RunHooks) {
    this.#process = process
    this.#logs = logs
    this.#hooks = hooks
  }

  /** Rejects with a plain error that says what the system refused. */
  static async start(
    config: AppConfig,
    token: string,
    logs: AppLogs,
    hooks: RunHooks,
  ): Promise<Run> {
    const output = logs.openForApp()
    try {
      return new Run(await AppProcess.start(config, token, output), logs, hooks)
    } finally {
      closeSync(output.stdout)
      closeSync(output.stderr)
      hooks.outputComes()
    }
  }

  /** One that a daemon before this one has begun, if it is alive. */
  static adopt(record: RunRecord, logs: AppLogs, hooks: RunHooks): Run | undefined {
    const process = AppProcess.adopt(record)
    return process && new Run(process, logs, hooks)
  }

  get record(): RunRecord & { readonly pid: number } {
    return this.#process.record
  }

  get pid(): number {
    return this.#process.pid
  }

  get adopted(): boolean {
    return this.#process.adopted
  }

  /** Resolves when the process itself has ended; others of its group may live. */
  get exited(): Promise<Exit> {
    return this.#process.exited
  }

  get usage(): Usage {
    return this.#hooks.meter.of(this.pid, this.record.startedAt)
  }

  /** Undefined without a health check, and before its first answer. */
  get healthy(): boolean | undefined {
    return this.#watch?.healthy
  }

  /** Why it is ended though nobody asked for that. */
  get condemned(): string | undefined {
    return this.#condemned
  }

  /** Watches limits and health, as told here from now on. */
  watch(config: AppConfig): void {
    this.#watch?.stop()
    const { meter, tell, condemn } = this.#hooks
    const condemned = (reason: string) => condemn(this, reason)
    this.#watch = new RunWatch(config, this.record, { meter, tell, condemn: condemned })
  }

  /** Ends it as one that has failed. Rejects with `stop-failed` when it cannot be killed. */
  condemn(config: AppConfig, reason: string): Promise<void> {
    this.#condemned = reason
    return this.#stop(config)
  }

  /** Ends it. Rejects with `stop-failed` when it cannot be killed. */
  async end(config: AppConfig): Promise<Exit> {
    this.#endWatch()
    await this.#stop(config)
    return this.finish(config)
  }

  /**
   * Once the process itself has ended: what is left of its group does too, its last output is read.
   * Rejects with `stop-failed`.
   */
  async finish(config: AppConfig): Promise<Exit> {
    this.#endWatch()
    const exit = await this.exited
    await this.#stop(config)
    await this.#logs.finish()
    this.#hooks.meter.forget(this.pid)
    return exit
  }

  /** It goes on without us. */
  leave(): void {
    this.#endWatch()
    this.#process.leave()
  }

  /** Undefined for a good end. */
  failure(exit: Exit): string | undefined {
    return this.#condemned ?? failureOf(exit, this.adopted)
  }

  #endWatch(): void {
    this.#watch?.stop()
    this.#watch = undefined
  }

  async #stop({ id, stopSignal, stopTimeoutMs, killTimeoutMs }: AppConfig): Promise<void> {
    if (await this.#process.stop(stopSignal, stopTimeoutMs, killTimeoutMs)) return
    const seconds = killTimeoutMs / 1000
    throw stopFailed(id, `process ${this.pid} lives on ${seconds} s after SIGKILL`)
  }
}
