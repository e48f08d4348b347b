// One app and its life: started, watched, restarted as its policy says, stopped. Whatever is asked of
// it happens one after the other, so there are never two processes of one app.
import { randomUUID } from 'node:crypto'
import type { AppConfig } from '../config/app-config.js'
import type { AppLogs } from '../logs/app-logs.js'
import { type Exit, endRemains, type RunRecord } from '../processes/app-process.js'
import type { UsageMeter } from '../processes/usage.js'
import { notFound, notRunning, reasonOf, startFailed } from './errors.js'
import type { AppState, StatusEvent } from './events.js'
import { restarts, startsWithDaemon } from './policy.js'
import { Retries } from './retries.js'
import { Run, type RunHooks } from './run.js'
import { type AppStatus, statusOf } from './status.js'
import type { AppRecord } from './store.js'

export interface AppHooks {
  readonly tell: (event: StatusEvent) => void
  /** Keeps the record on disk. Throws what the file system throws. */
  readonly keep: (record: AppRecord) => void
  /** It has removed itself: its restarts are used up, and it is configured so. */
  readonly removed: (app: App) => void
  readonly meter: UsageMeter
  /** Output may come soon. */
  readonly outputComes: () => void
  /** What cannot be told to anybody who asked. */
  readonly log: (line: string) => void
}

export class App {
  readonly id: string
  readonly logs: AppLogs
  readonly #hooks: AppHooks
  #config: AppConfig
  #wanted: 'running' | 'stopped' = 'stopped'
  #state: AppState = 'stopped'
  #restarts = 0
  #lastExitCode: number | null = null
  readonly #runHooks: RunHooks
  #run: Run | undefined
  readonly #retries = new Retries()
  #queue: Promise<unknown> = Promise.resolve()
  #gone = false

  constructor(config: AppConfig, logs: AppLogs, hooks: AppHooks) {
    this.id = config.id
    this.#config = config
    this.logs = logs
    this.#hooks = hooks
    const { meter, tell, outputComes } = hooks
    const condemn = (run: Run, reason: string) => this.#condemn(run, reason)
    this.#runHooks = { meter, tell, outputComes, condemn }
  }

  get config(): AppConfig {
    return this.#config
  }

  /** Removed, or given up with its supervisor: whatever is asked of it is refused. */
  get gone(): boolean {
    return this.#gone
  }

  get running(): boolean {
    return this.#run !== undefined
  }

  get status(): AppStatus {
    const run = this.#run
    return statusOf({
      config: this.#config,
      state: this.#state,
      restarts: this.#restarts,
      lastExitCode: this.#lastExitCode,
      run: run?.record,
      usage: run?.usage,
      healthy: run?.healthy,
      restartInMs: this.#retries.inMs,
      logs: this.logs.paths(this.#config),
    })
  }

  /** Starts it unless it runs. Resolves with its pid. Rejects with `start-failed`. */
  start(config?: AppConfig): Promise<{ readonly pid: number; readonly already: boolean }> {
    return this.#inTurn(async () => {
      if (this.#run) return { pid: this.#run.pid, already: true }
      if (config) await this.#reconfigure(config)
      this.#retries.cancel()
      this.#retries.forgive()
      this.#wanted = 'running'
      return { pid: await this.#launch(), already: false }
    })
  }

  /** Ends it, and it stays ended. Rejects with `not-running`, or `stop-failed` when it cannot be killed. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      const waited = this.#retries.cancel()
      if (!this.#run && !waited && this.#wanted === 'stopped') throw notRunning(this.id)
      this.#wanted = 'stopped'
      // Also where that cannot be kept: an app that has filled the disk must be ended.
      this.#keepOrLog()
      await this.#end()
      this.#become('stopped')
    })
  }

  /** Ends it if it runs, and starts it. Resolves with the new pid. */
  restart(config?: AppConfig): Promise<number> {
    return this.#inTurn(async () => {
      this.#retries.cancel()
      const ran = this.running
      await this.#end()
      if (ran) {
        this.#become('stopped')
        this.#restarts++
      }
      if (config) await this.#reconfigure(config)
      this.#retries.forgive()
      this.#wanted = 'running'
      return this.#launch()
    })
  }

  /** Takes a configuration that needs no restart. */
  update(config: AppConfig): Promise<void> {
    return this.#inTurn(async () => {
      await this.#reconfigure(config)
      this.#keep()
      this.#run?.watch(config)
    })
  }

  /** Ends it for good. Its log files stay. */
  remove(): Promise<void> {
    return this.#inTurn(async () => {
      this.#retries.cancel()
      this.#wanted = 'stopped'
      await this.#end()
      await this.#removed()
    })
  }

  /** The daemon ends: the app does too, and is started again with the next daemon. */
  suspend(): Promise<void> {
    return this.#inTurn(async () => {
      this.#retries.cancel()
      const ran = this.running
      await this.#end()
      if (ran) this.#become('stopped')
      await this.#retire()
    })
  }

  /** The daemon ends: the app goes on, and the next daemon finds it again. */
  leave(): Promise<void> {
    return this.#inTurn(async () => {
      this.#retries.cancel()
      this.#run?.leave()
      this.#run = undefined
      await this.#retire()
    })
  }

  /** What a daemon before this one has left: adopted when alive, else started again as its policy says. */
  recover(record: AppRecord): Promise<void> {
    return this.#inTurn(async () => {
      this.#wanted = record.wanted
      this.#state = record.state
      this.#restarts = record.restarts
      this.#lastExitCode = record.lastExitCode
      const alive = record.run && Run.adopt(record.run, this.logs, this.#runHooks)
      if (alive) {
        this.#hooks.log(`${this.id}: adopted process ${alive.pid}`)
        this.#runs(alive)
        return
      }
      if (record.run) await endRemains(record.run, this.#config.killTimeoutMs)
      const wanted = startsWithDaemon(this.#config, record)
      if (record.state === 'running' || record.state === 'starting') this.#state = 'stopped'
      if (!wanted) {
        this.#keep()
        return
      }
      this.#wanted = 'running'
      if (record.run) this.#restarts++
      // The reason is in the state, the events and the daemon's log.
      await this.#launch().catch((error) => this.#hooks.log(reasonOf(error)))
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      if (this.#gone) throw notFound(this.id)
      return work()
    })
    this.#queue = result.catch(() => {})
    return result
  }

  async #launch(): Promise<number> {
    const { id } = this
    this.#become('starting')
    const token = randomUUID()
    let started: Run
    try {
      // Written down first: whatever ends the daemon from here on, the mark finds the process.
      this.#keep({ token, startedAt: Date.now() })
      started = await Run.start(this.#config, token, this.logs, this.#runHooks)
    } catch (error) {
      const reason = reasonOf(error)
      this.#hooks.tell({ event_type: 'process_crashed', data: { app: id, reason } })
      this.#become('crashed')
      throw startFailed(id, reason)
    }
    this.#runs(started)
    return started.pid
  }

  #runs(started: Run): void {
    this.#run = started
    const { adopted, pid } = started
    if (!adopted) this.#hooks.tell({ event_type: 'process_started', data: { app: this.id, pid } })
    if (adopted) this.#state = 'running'
    else this.#become('running')
    this.#keepOrLog()
    started.watch(this.#config)
    void started.exited.then(() =>
      // It may have been ended on request meanwhile: then that was told already.
      this.#inTurn(() => this.#exited(started)).catch((error) => {
        if (!this.#gone) this.#hooks.log(`${this.id}: ${reasonOf(error)}`)
      }),
    )
  }

  /** It runs, but must not go on: ended here, and then dealt with like any failure. */
  #condemn(run: Run, reason: string): void {
    this.#hooks.log(`${this.id}: ${reason}`)
    const end = this.#inTurn(async () => {
      if (this.#run === run) await run.condemn(this.#config, reason)
    })
    end.catch((error) => this.#hooks.log(reasonOf(error)))
  }

  /** Ends the process, if there is one, and tells that it has ended. */
  async #end(): Promise<void> {
    if (this.#run) this.#over(await this.#run.end(this.#config))
  }

  #over(exit: Exit): void {
    this.#run = undefined
    this.#lastExitCode = exit.code
    const data = { app: this.id, exit_code: exit.code }
    this.#hooks.tell({
      event_type: 'process_exited',
      data: exit.signal === null ? data : { ...data, signal: exit.signal },
    })
  }

  /** It ended, and nobody had asked for that. */
  async #exited(run: Run): Promise<void> {
    if (this.#run !== run) return
    const exit = await run.finish(this.#config)
    const failure = run.failure(exit)
    this.#over(exit)
    if (failure !== undefined) {
      // Why it was condemned was told then.
      if (run.condemned === undefined) this.#hooks.log(`${this.id}: ${failure}`)
      this.#hooks.tell({
        event_type: 'process_crashed',
        data: { app: this.id, reason: failure },
      })
    }
    const ranMs = Date.now() - run.record.startedAt
    if (ranMs >= this.#config.backoff.maxDelayMs) this.#retries.forgive()
    await this.#restartOrRest(failure !== undefined)
  }

  async #restartOrRest(failed: boolean): Promise<void> {
    const { backoff } = this.#config
    const rest = failed ? 'crashed' : 'stopped'
    const again = this.#wanted === 'running' && restarts(this.#config, failed)
    if (!again) {
      if (!failed) this.#wanted = 'stopped'
      this.#become(rest)
      return
    }
    if (this.#retries.usedUp(backoff)) {
      this.#wanted = 'stopped'
      this.#become('backoff_exhausted')
      if (backoff.exhaustedAction === 'remove') await this.#removed()
      return
    }
    this.#become(rest)
    const { attempt, ms } = this.#retries.plan(backoff, (take) => void this.#restartNow(take))
    this.#hooks.tell({
      event_type: 'process_restarting',
      data: { app: this.id, attempt, delay_ms: ms },
    })
  }

  async #restartNow(take: () => boolean): Promise<void> {
    const attempt = async () => {
      // Somebody else was quicker: it was stopped, started or removed.
      if (!take()) return
      this.#restarts++
      try {
        await this.#launch()
      } catch (error) {
        this.#hooks.log(reasonOf(error))
        await this.#restartOrRest(true)
      }
    }
    // Only an app that is gone refuses.
    await this.#inTurn(attempt).catch(() => {})
  }

  async #reconfigure(config: AppConfig): Promise<void> {
    this.#config = config
    await this.logs.reconfigure(config)
  }

  #become(state: AppState): void {
    const changed = this.#state !== state
    this.#state = state
    // Starting is kept by the launch, with the run's mark.
    if (state !== 'starting') this.#keepOrLog()
    if (!changed) return
    this.#hooks.tell({ event_type: 'status_change', data: { app: this.id, state } })
  }

  async #removed(): Promise<void> {
    await this.#retire({ remove: true })
    this.#hooks.removed(this)
    this.#hooks.tell({ event_type: 'status_change', data: { app: this.id, state: 'removed' } })
  }

  async #retire(options = { remove: false }): Promise<void> {
    this.#gone = true
    await this.logs.close(options)
  }

  #keepOrLog(): void {
    try {
      this.#keep()
    } catch (error) {
      this.#hooks.log(`${this.id}: its state cannot be kept on disk: ${reasonOf(error)}`)
    }
  }

  #keep(run: RunRecord | undefined = this.#run?.record): void {
    this.#hooks.keep({
      config: this.#config,
      wanted: this.#wanted,
      state: this.#state,
      restarts: this.#restarts,
      lastExitCode: this.#lastExitCode,
      ...(run === undefined ? {} : { run }),
    })
  }
}
