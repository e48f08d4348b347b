// The supervisor: every process, what happens to them, their logs, and what is done to them.
import { type AppStatus, type SubscriberEvent, SupervisorContract } from '@tieline/supervisor'
import { type ConnectedClient, connect, fail, isTielineError } from 'tieline'
import { ABOUT } from '../../apps.js'
import type { Action, LogLines, Note, Processes, ProcessRow } from '../../protocol/studio.js'
import { pause } from '../pause.js'
import { Source } from '../source.js'
import { noteOf } from './notes.js'

/** Milliseconds between two looks: memory and CPU change all the time. */
const LOOK_MS = 1000
/** Milliseconds until a stream that ended is asked for again. */
const AGAIN_MS = 300
/** Notes that are kept. */
const NOTES = 8
/** Lines of the past that a log begins with. */
const PAST_LINES = 60

/** The page comes over these: they may be restarted from it, and not stopped. */
const PAGES_OWN_WAY: ReadonlySet<string> = new Set(['channel-host', 'agent'])
const SUPERVISOR = 'supervisor'

type Daemon = ConnectedClient<typeof SupervisorContract>

export class ProcessWatch {
  readonly source = new Source<Processes>('the supervisor', 'Unix socket · native')
  readonly #daemon: Daemon
  #notes: Note[] = []
  #wake: () => void = () => {}

  static async open(at: string, signal: AbortSignal): Promise<ProcessWatch> {
    const daemon = await connect(SupervisorContract, {
      at,
      background: true,
      reconnect: { base: '100ms', cap: '1s' },
    })
    signal.addEventListener('abort', () => void daemon.$connection.close(), { once: true })
    return new ProcessWatch(daemon, signal)
  }

  private constructor(daemon: Daemon, signal: AbortSignal) {
    this.#daemon = daemon
    daemon.$connection.watch((status) => {
      if (status.state === 'waiting') this.source.lost(status.error.message)
      if (status.state === 'connected') this.#wake()
    })
    void this.#look(signal)
    void this.#listen(signal)
  }

  /** Rejects with `refused` and the supervisor's reason. */
  async act(name: string, action: Action): Promise<void> {
    if (!may(name).includes(action)) {
      throw fail('refused', `${name} can not be asked to ${action} from here`)
    }
    try {
      if (action === 'start') await this.#daemon.startAgain({ name })
      else await this.#daemon[action]({ name })
    } catch (error) {
      throw fail('refused', isTielineError(error) ? error.message : String(error))
    } finally {
      this.#wake()
    }
  }

  /** The log of one app; from its last lines again when the supervisor was away. Fails with `refused`. */
  async *logs(name: string, signal: AbortSignal): AsyncGenerator<LogLines> {
    while (!signal.aborted) {
      try {
        let fresh = true
        for await (const batch of this.#daemon.follow({ name, lines: PAST_LINES }, { signal })) {
          yield { fresh, lines: batch.flatMap(linesOf) }
          fresh = false
        }
      } catch (error) {
        if (isTielineError(error, 'not-found')) throw fail('refused', error.message)
        // The supervisor is away: its log goes on when it is back.
      }
      await pause(AGAIN_MS, signal)
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const [apps, { pid, uptime_seconds }] = await Promise.all([
          this.#daemon.status({}, { timeout: '5s' }),
          this.#daemon.info(undefined, { timeout: '5s' }),
        ])
        this.#show(apps, { pid, uptimeSeconds: uptime_seconds })
        this.source.up()
      } catch (error) {
        if (!signal.aborted) this.source.lost((error as Error).message)
      }
      await this.#rest(signal)
    }
  }

  /** Until the next look is due, or something has happened. */
  #rest(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, LOOK_MS)
      signal.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }

  async #listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const events = this.#daemon.events({ kind: 'status' }, { signal })
        for await (const batch of events) {
          const notes = batch.flatMap((event) => noteOf(event) ?? [])
          if (notes.length === 0) continue
          this.#notes = [...notes.reverse(), ...this.#notes].slice(0, NOTES)
          this.#wake()
        }
      } catch {
        // The supervisor is away: `#look` says so.
      }
      await pause(AGAIN_MS, signal)
    }
  }

  #show(apps: readonly AppStatus[], own: { pid: number; uptimeSeconds: number }): void {
    const before = this.source.now.value?.rows[0]?.pid ?? own.pid
    if (before !== own.pid) {
      const text = `supervisor is back as ${own.pid}, and has found its apps`
      this.#notes = [{ at: Date.now(), text, tone: 'good' as const }, ...this.#notes].slice(
        0,
        NOTES,
      )
    }
    const first: ProcessRow = {
      ...own,
      name: SUPERVISOR,
      about: ABOUT.get(SUPERVISOR) ?? '',
      state: 'running',
      memoryBytes: null,
      cpuPercent: null,
      restarts: 0,
      may: [],
    }
    const order = [...ABOUT.keys()]
    const place = ({ name }: ProcessRow) => order.indexOf(name)
    const rows = apps.map(rowOf).sort((a, b) => place(a) - place(b))
    this.source.show({ rows: [first, ...rows], notes: this.#notes })
  }
}

function rowOf(app: AppStatus): ProcessRow {
  return {
    name: app.name,
    about: ABOUT.get(app.name) ?? '',
    state: app.state,
    pid: app.pid,
    memoryBytes: app.memory_bytes,
    cpuPercent: app.cpu_percent,
    restarts: app.restarts,
    uptimeSeconds: app.uptime_seconds,
    may: may(app.name),
  }
}

function may(name: string): readonly Action[] {
  if (name === SUPERVISOR) return []
  return PAGES_OWN_WAY.has(name) ? ['restart'] : ['start', 'stop', 'restart']
}

function linesOf(event: SubscriberEvent) {
  if (event.event_type !== 'log_line') return []
  const { line, stream } = event.data
  return [{ text: line, error: stream === 'stderr' }]
}
