// All apps of one daemon: started, stopped and asked about by id, kept on disk, found again.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from 'tieline'
import type { AppConfig } from '../config/app-config.js'
import { AppLogs, type LastLines } from '../logs/app-logs.js'
import { OutputWatch } from '../logs/watch.js'
import { UsageMeter } from '../processes/usage.js'
import { App } from './app.js'
import { appId } from './app-id.js'
import { type Change, needsRestart, sameConfig } from './change.js'
import { listFailed, notFound, reasonOf, startFailed } from './errors.js'
import type { EventFilter } from './events.js'
import type { AppStatus } from './status.js'
import { Store } from './store.js'
import { Audience, type Subscription, type SubscriptionOptions } from './subscription.js'

export interface SupervisorOptions {
  /** Where state and logs are kept: a directory of the user's own. Made when it is not there. */
  readonly directory: string
  /** Lines for the daemon's own log. */
  readonly log?: (line: string) => void
  readonly subscriptions?: SubscriptionOptions
}

/** Apps at most. 1,024: more than a machine's user runs, and each costs descriptors. */
const MOST_APPS = 1024

export class Supervisor {
  readonly audience: Audience
  readonly #apps = new Map<string, App>()
  readonly #store: Store
  readonly #meter = new UsageMeter()
  readonly #watch: OutputWatch
  readonly #log: (line: string) => void
  readonly #spools: string
  readonly #logs: string
  #closing: Promise<void> | undefined

  private constructor(options: SupervisorOptions) {
    this.#log = options.log ?? (() => {})
    this.audience = new Audience(options.subscriptions)
    this.#store = new Store(options.directory)
    this.#spools = join(options.directory, 'output')
    this.#logs = join(options.directory, 'logs')
    for (const path of [this.#spools, this.#logs]) mkdirSync(path, { recursive: true, mode: 0o700 })
    this.#watch = new OutputWatch(this.#spools, () => this.#look())
  }

  /** Finds the apps of the daemon before this one. Throws what the file system throws. */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options)
    await supervisor.#recover()
    supervisor.#watch.wake()
    return supervisor
  }

  /** Starts an app. A known one that runs is left as it is; one that does not gets the new configuration. */
  async start(config: AppConfig): Promise<{ id: string; pid: number; already: boolean }> {
    for (;;) {
      const app = this.#apps.get(config.id) ?? this.#add(config)
      try {
        return { id: config.id, ...(await app.start(config)) }
      } catch (error) {
        // It was removed while this waited for its turn: then it is a new one.
        if (this.#apps.get(config.id) === app || !app.gone) throw error
      }
    }
  }

  /** Starts a known app again. */
  async startAgain(name: string): Promise<{ id: string; pid: number; already: boolean }> {
    const app = this.#find(name)
    return { id: app.id, ...(await app.start()) }
  }

  async stop(name: string): Promise<string> {
    const app = this.#find(name)
    await app.stop()
    return app.id
  }

  async restart(name: string): Promise<{ id: string; pid: number }> {
    const app = this.#find(name)
    return { id: app.id, pid: await app.restart() }
  }

  async delete(name: string): Promise<string> {
    const app = this.#find(name)
    await app.remove()
    return app.id
  }

  list(): string[] {
    return [...this.#apps.keys()].sort()
  }

  status(name: string): AppStatus {
    return this.#find(name).status
  }

  statuses(): AppStatus[] {
    return this.list().map((id) => (this.#apps.get(id) as App).status)
  }

  logs(name: string, lines: number): { readonly app: string; readonly logs: LastLines } {
    const app = this.#find(name)
    // What was printed a moment ago is wanted too.
    app.logs.look()
    return { app: app.id, logs: app.logs.last(lines) }
  }

  allLogs(lines: number): [string, LastLines][] {
    return this.list().map((id) => [id, this.logs(id, lines).logs])
  }

  /** `filter.app` is a name; one that no app has yet is fine. Throws for one that none can have. */
  subscribe(filter: EventFilter): Subscription {
    const { app, ...rest } = filter
    this.#watch.wake()
    return this.audience.subscribe(app === undefined ? rest : { ...rest, app: appId(app) })
  }

  /** Brings the apps to these configurations. Others are left alone. */
  reload(configs: readonly AppConfig[]): Promise<Change[]> {
    return Promise.all(
      configs.map(async (config): Promise<Change> => {
        const app = this.#apps.get(config.id)
        try {
          if (app === undefined) {
            await this.start(config)
            return { id: config.id, action: 'started' }
          }
          return { id: config.id, action: await this.#change(app, config) }
        } catch (error) {
          return { id: config.id, action: 'failed', error: reasonOf(error) }
        }
      }),
    )
  }

  /** Keeps the list of the apps that run. Returns the file and how many they are. Throws `list-failed`. */
  save(): { path: string; apps: number } {
    const running = [...this.#apps.values()].filter((app) => app.running)
    try {
      return { path: this.#store.save(running.map((app) => app.config)), apps: running.length }
    } catch (error) {
      throw listFailed('kept', reasonOf(error))
    }
  }

  /** Starts the apps of the list that `save` kept, those that do not run. Rejects with `list-failed`. */
  async resurrect(): Promise<Change[] | undefined> {
    const saved = this.#saved()
    if (saved === undefined) return undefined
    return Promise.all(
      saved.map(async (config): Promise<Change> => {
        try {
          const { already } = await this.start(config)
          return { id: config.id, action: already ? 'unchanged' : 'started' }
        } catch (error) {
          return { id: config.id, action: 'failed', error: reasonOf(error) }
        }
      }),
    )
  }

  /**
   * Ends: the apps too, or they are left to go on. Either way the next supervisor of the directory has
   * them again. `stay`: those that are ended stay so. Never rejects; idempotent.
   */
  close(options: { readonly apps: 'stop' | 'leave'; readonly stay?: boolean }): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  #saved(): readonly AppConfig[] | undefined {
    try {
      return this.#store.saved()
    } catch (error) {
      throw listFailed('read', reasonOf(error))
    }
  }

  async #close({ apps, stay }: { apps: 'stop' | 'leave'; stay?: boolean }): Promise<void> {
    await Promise.all(
      [...this.#apps.values()].map(async (app) => {
        try {
          // Stopping one that does not run is refused, and then there is nothing to be marked.
          if (apps === 'stop' && stay && app.running) await app.stop()
          await (apps === 'stop' ? app.suspend() : app.leave())
        } catch (error) {
          this.#log(`${app.id}: ${reasonOf(error)}`)
        }
      }),
    )
    this.#watch.close()
    this.audience.end()
  }

  async #change(app: App, config: AppConfig): Promise<Change['action']> {
    if (sameConfig(app.config, config)) return 'unchanged'
    if (app.running && needsRestart(app.config, config)) {
      await app.restart(config)
      return 'restarted'
    }
    await app.update(config)
    return 'updated'
  }

  async #recover(): Promise<void> {
    const records = this.#store.load((path, error) =>
      this.#log(`${path} is passed over: ${reasonOf(error)}`),
    )
    await Promise.all(
      records.map(async (record) => {
        try {
          await this.#add(record.config).recover(record)
        } catch (error) {
          this.#log(`${record.config.id} is not brought back: ${reasonOf(error)}`)
        }
      }),
    )
  }

  #add(config: AppConfig): App {
    if (this.#closing) throw fail('unavailable', 'the daemon is ending')
    if (this.#apps.size >= MOST_APPS) {
      throw fail('resource-exhausted', `there are ${MOST_APPS} apps already, the limit`)
    }
    const { id } = config
    const app = new App(config, this.#logsOf(config), {
      tell: (event) => this.audience.tell(event),
      keep: (record) => this.#store.keep(record),
      removed: () => {
        this.#apps.delete(id)
        this.#forget(id)
      },
      meter: this.#meter,
      outputComes: () => this.#watch.wake(),
      log: this.#log,
    })
    this.#apps.set(id, app)
    return app
  }

  #logsOf(config: AppConfig): AppLogs {
    const { id } = config
    try {
      return new AppLogs(config, {
        spoolDirectory: this.#spools,
        logDirectory: this.#logs,
        wanted: () => this.audience.wantsLines(id),
        line: (stream, line) =>
          this.audience.tell({ event_type: 'log_line', data: { app: id, stream, line } }),
        failed: (error) => this.#log(`${id}: ${error.message}`),
      })
    } catch (error) {
      throw startFailed(id, reasonOf(error))
    }
  }

  #forget(id: string): void {
    try {
      this.#store.forget(id)
    } catch (error) {
      // It is ended, and gone for this daemon.
      this.#log(`${id}: the next daemon will find it again: ${reasonOf(error)}`)
    }
  }

  #find(name: string): App {
    const id = appId(name)
    const app = this.#apps.get(id)
    if (app === undefined) throw notFound(id)
    return app
  }

  #look(): boolean {
    let found = false
    for (const app of this.#apps.values()) if (app.logs.look()) found = true
    return found
  }
}
