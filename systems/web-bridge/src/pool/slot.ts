// One of the places for a handler process: whoever is in it is started again when it dies or leaves,
// later and later if it keeps doing so, and can be exchanged for another.
import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff } from 'tieline/connector'
import type { HandlerLog } from '../handlers/handler.js'
import type { Child } from './child.js'

export interface SlotHooks {
  readonly launch: () => Promise<Child>
  readonly restarted: () => void
  readonly log: HandlerLog
}

export class Slot {
  readonly #hooks: SlotHooks
  // From 100 ms: a process that dies as it starts must not take the machine with it; to 10 s, so that
  // one whose database is back is not waited for long.
  readonly #backoff = new Backoff({ base: 100, cap: '10s' })
  #child: Child | undefined
  /** It wants to end, and stays until another is there. */
  #leaving: Child | undefined
  #since = 0
  #retryAt = 0
  #waiting = new AbortController()
  #closed = false

  constructor(hooks: SlotHooks) {
    this.#hooks = hooks
  }

  /** Who is in it. */
  get child(): Child | undefined {
    return this.#child
  }

  /** Until the next attempt to start a process; 0 when one is there. */
  get waitingMs(): number {
    return this.#wanting ? Math.max(0, this.#retryAt - performance.now()) : 0
  }

  get #wanting(): boolean {
    return this.#child === undefined || this.#child === this.#leaving
  }

  /** Rejects when the first process does not come up; later ones are tried for ever. */
  async start(): Promise<void> {
    this.#adopt(await this.#hooks.launch())
  }

  /** Puts a new process in its place; resolves with the old one. Rejects, and changes nothing, if there is no new one. */
  async exchange(): Promise<Child | undefined> {
    const next = await this.#hooks.launch()
    if (this.#closed) return next
    const old = this.#child
    this.#waiting.abort()
    this.#adopt(next)
    return old
  }

  /** Its process wants to end: resolves when another is in its place, or the next attempt has failed. */
  async replace(): Promise<void> {
    if (this.#wanting) return
    this.#leaving = this.#child
    this.#hooks.log.info({ pid: this.#child?.pid }, 'a handler process leaves and is replaced')
    await this.#restart()
  }

  async close(retire: (child: Child) => Promise<void>): Promise<void> {
    this.#closed = true
    this.#waiting.abort()
    const child = this.#child
    this.#child = undefined
    if (child !== undefined) await retire(child)
  }

  #adopt(child: Child): void {
    this.#child = child
    this.#leaving = undefined
    this.#since = performance.now()
    const { log } = this.#hooks
    log.info({ pid: child.pid, handlers: child.link?.id }, 'a handler process is ready')
    // Alive, and yet not to be reached: a loop without an end, or stopped. Its place is needed.
    void child.link?.peer.closed.then(({ error }) => {
      if (this.#child !== child || child.link?.draining === true) return
      if (error) log.warn({ pid: child.pid }, `a handler process is lost: ${error.message}`)
      return child.kill()
    })
    void child.exited.then(({ said }) => {
      if (this.#child !== child) return
      log.warn({ pid: child.pid }, `a handler process ${said}`)
      this.#child = undefined
      // For one that was leaving, another is on its way.
      if (this.#leaving !== child) void this.#restart()
    })
  }

  /** After a while: the sooner the longer the last one has stood. */
  #restart(): Promise<void> {
    this.#backoff.stood(performance.now() - this.#since)
    return this.#retry()
  }

  /** Resolves after the next attempt; when that fails, others follow by themselves. */
  async #retry(): Promise<void> {
    const waitMs = this.#backoff.next()
    this.#retryAt = performance.now() + waitMs
    this.#waiting = new AbortController()
    try {
      await sleep(waitMs, undefined, { signal: this.#waiting.signal })
    } catch {
      // Closed, or exchanged meanwhile: nothing is wanted any more.
      return
    }
    await this.#again()
  }

  async #again(): Promise<void> {
    try {
      const child = await this.#hooks.launch()
      if (this.#closed || !this.#wanting) {
        await child.kill()
        return
      }
      this.#hooks.restarted()
      this.#adopt(child)
    } catch (error) {
      if (this.#closed) return
      this.#hooks.log.error({}, (error as Error).message)
      if (this.#wanting) void this.#retry()
    }
  }
}
