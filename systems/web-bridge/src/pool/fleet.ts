// The handler processes that the server starts itself: so many, each started again when it dies, and
// exchanged one by one when their code has changed, with no request lost.
import { spawn } from 'node:child_process'
import { TielineError } from 'tieline'
import type { HandlerLog } from '../handlers/handler.js'
import { Child, type ChildCommand } from './child.js'
import type { Pool, Starter } from './pool.js'
import type { ProcessLink } from './process-link.js'
import { Slot } from './slot.js'

export interface FleetOptions {
  readonly pool: Pool
  readonly command: ChildCommand
  readonly processes: number
  /** Until a new process has joined; past it that start has failed. */
  readonly startMs: number
  /** For what a process has in flight when it is to end. */
  readonly drainMs: number
  readonly log: HandlerLog
}

/** Milliseconds for a connection's close once nothing is in flight that was not given up. */
const FAREWELL_MS = 1000

export class Fleet implements Starter {
  readonly #options: FleetOptions
  readonly #slots: Slot[] = []
  readonly #starting = new Map<string, (link: ProcessLink) => void>()
  readonly #coming = new Set<Child>()
  #launches = 0
  #restarts = 0
  #rolling: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get wanted(): number {
    return this.#options.processes
  }

  get restarts(): number {
    return this.#restarts
  }

  get retryAfterSeconds(): number {
    return Math.max(1, ...this.#slots.map((slot) => Math.ceil(slot.waitingMs / 1000)))
  }

  /** Starts them all. Rejects with what the first of them says that does not come up. */
  async start(): Promise<void> {
    for (let count = 0; count < this.#options.processes; count++) {
      this.#slots.push(
        new Slot({
          launch: () => this.#launch(),
          log: this.#options.log,
          restarted: () => {
            this.#restarts++
          },
        }),
      )
    }
    await Promise.all(this.#slots.map((slot) => slot.start()))
  }

  /** A process that was launched here has joined. Unknown: somebody else's, or of a start given up. */
  joined(launch: string, link: ProcessLink): boolean {
    const settle = this.#starting.get(launch)
    settle?.(link)
    return settle !== undefined
  }

  /**
   * Exchanges every process for a new one. A new one is there before an old one goes; when it does not
   * come up, the old ones stay and this rejects. While it runs, asking again runs it once more.
   */
  async roll(): Promise<void> {
    if (this.#rolling !== undefined) {
      this.#again = true
      return this.#rolling
    }
    this.#rolling = this.#rollAll()
    try {
      await this.#rolling
    } finally {
      this.#rolling = undefined
    }
  }

  /**
   * A process wants to end. Resolves when it may: another has taken its place, which takes as long as a
   * start, or can not for now; at once for one that was not started here.
   */
  async replace(link: ProcessLink): Promise<void> {
    const slot = this.#slots.find(({ child }) => child?.link === link)
    const child = slot?.child
    if (slot === undefined || child === undefined) return
    await slot.replace()
    // In case that it does not end by itself.
    void this.#retire(child)
  }

  async close(): Promise<void> {
    this.#closed = true
    // All are told before one is waited for: what is coming is no failure then.
    const slots = this.#slots.map((slot) => slot.close((child) => this.#retire(child)))
    await Promise.all([...slots, ...[...this.#coming].map((child) => child.kill())])
  }

  async #rollAll(): Promise<void> {
    do {
      this.#again = false
      const retiring: Promise<void>[] = []
      for (const slot of this.#slots) {
        if (this.#closed) break
        // The next place does not wait for what the last one still has in flight.
        const old = await slot.exchange()
        if (old !== undefined) retiring.push(this.#retire(old))
      }
      await Promise.all(retiring)
    } while (this.#again && !this.#closed)
  }

  /** Starts a process; resolves when it takes requests. */
  async #launch(): Promise<Child> {
    const { command, startMs } = this.#options
    const launch = `${process.pid}-${++this.#launches}`
    if (this.#closed) throw failed('is not wanted any more')
    const child = new Child(spawn, command, launch)
    this.#coming.add(child)
    const joined = new Promise<ProcessLink>((resolve) => this.#starting.set(launch, resolve))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(failed(`did not join within ${startMs} ms`)), startMs)
    })
    const died = child.exited.then(({ said }) => Promise.reject(failed(said)))
    try {
      child.link = await Promise.race([joined, late, died])
      // From here on its exit is the slot's concern.
      died.catch(() => {})
      return child
    } catch (error) {
      died.catch(() => {})
      await child.kill()
      throw error
    } finally {
      clearTimeout(timer)
      this.#coming.delete(child)
      this.#starting.delete(launch)
    }
  }

  /** Ends a process in good order: nothing new, what is in flight, goodbye. */
  async #retire(child: Child): Promise<void> {
    const { pool, drainMs } = this.#options
    const { link } = child
    if (link !== undefined) {
      await pool.retire(link, drainMs)
      await link.peer.close({ within: FAREWELL_MS })
    }
    await child.end()
  }
}

function failed(why: string): TielineError {
  return new TielineError('unavailable', `a handler process ${why}`, { origin: 'channel' })
}
