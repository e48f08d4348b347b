// A supervisor for one test: in a directory of its own, its events kept, and nothing left behind.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type AppConfig, readAppConfig } from '../config/app-config.js'
import type { AppEvent, SubscriberEvent } from '../domain/events.js'
import { Supervisor } from '../domain/supervisor.js'
import { withEnvironment } from '../processes/process-table.js'

/** Milliseconds that anything may take on a busy machine: a ceiling. */
const PATIENCE_MS = 30_000
const MOST_EVENTS = 10_000

export class Supervised implements AsyncDisposable {
  readonly directory: string
  readonly events: AppEvent[] = []
  readonly log: string[] = []
  readonly #mark: string
  readonly #removes: boolean
  #supervisor!: Supervisor
  #disposed = false

  private constructor(directory: string, mark: string, removes: boolean) {
    this.directory = directory
    this.#mark = mark
    this.#removes = removes
  }

  /** `after`: another one's directory, as the next daemon finds it. */
  static async open(after?: Supervised): Promise<Supervised> {
    const directory = after?.directory ?? mkdtempSync(join(tmpdir(), 'superctl-'))
    const made = new Supervised(directory, after ? after.#mark : randomUUID(), !after)
    made.#supervisor = await Supervisor.open({ directory, log: (line) => made.log.push(line) })
    void made.#listen()
    // A test that times out does not come to its own end.
    onTestFinished(() => made[Symbol.asyncDispose]())
    return made
  }

  get supervisor(): Supervisor {
    return this.#supervisor
  }

  /** A configuration whose restarts come at once, marked as this test's. */
  config(fields: Record<string, unknown>): AppConfig {
    const { env = {}, ...others } = fields as { env?: Record<string, string> }
    return readAppConfig({
      name: 'app',
      // Ceilings: on a busy machine what is told to end takes its time.
      stop_timeout: '30s',
      kill_timeout: '30s',
      backoff: { base_delay_ms: 10, max_delay_ms: 60_000, jitter: 0 },
      cwd: this.directory,
      env: { ...env, TEST_MARK: this.#mark },
      ...others,
    })
  }

  start(fields: Record<string, unknown>) {
    return this.supervisor.start(this.config(fields))
  }

  /** `sh -c SCRIPT`, as an app. */
  shell(script: string, fields: Record<string, unknown> = {}) {
    return this.start({ command: '/bin/sh', args: ['-c', script], ...fields })
  }

  /** The processes of this test's apps. */
  get processes(): number[] {
    return withEnvironment(`TEST_MARK=${this.#mark}`)
  }

  /** Events so far, shortly: 'starting', 'process_started', 'running', 'log_line hello'. */
  get told(): string[] {
    return this.events.map(shortly)
  }

  /** Resolves with what `look` finds, once that is neither undefined nor false. */
  until<T>(look: () => T | undefined | false): Promise<T> {
    return until(look, () => `${this.told.join(', ')} | ${this.log.join(' | ')}`)
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.supervisor.close({ apps: 'stop' })
    // A health check that was on its way is killed, and not waited for.
    const left = await settled(() => this.processes)
    for (const pid of left) process.kill(pid, 'SIGKILL')
    if (this.#removes) rmSync(this.directory, { recursive: true, force: true })
    if (left.length > 0) throw new Error(`${left.length} processes were left over`)
  }

  async #listen(): Promise<void> {
    for await (const batch of this.supervisor.subscribe({ kind: 'all' })) {
      // A test that prints a lot wants to know of the supervisor's memory, not of ours.
      const room = this.events.length < MOST_EVENTS
      const kept = room ? batch : batch.filter(({ event_type: type }) => type !== 'log_line')
      this.events.push(...(kept as AppEvent[]))
    }
  }
}

/** Resolves with what `look` finds, once that is neither undefined nor false. */
export async function until<T>(
  look: () => T | undefined | false,
  state: () => string = () => '',
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`it never came to that: ${state()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** What is still there after as long as anything may take; nothing, as soon as there is nothing. */
export async function settled<T>(look: () => readonly T[]): Promise<readonly T[]> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const left = look()
    if (left.length === 0 || performance.now() > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export function shortly(event: SubscriberEvent): string {
  switch (event.event_type) {
    case 'status_change':
      return event.data.state
    case 'log_line':
      return `log_line ${event.data.line}`
    default:
      return event.event_type
  }
}
