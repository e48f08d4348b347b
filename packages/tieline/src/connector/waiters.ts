// Calls that wait for a connection, each until its own deadline or cancel.
import type { Clock } from '../clock.js'
import type { Peer } from '../peer/index.js'

interface Waiter {
  resolve(peer: Peer): void
  reject(error: Error): void
}

export class Waiters {
  readonly #clock: Clock
  readonly #waitingChanged: (waiting: boolean) => void
  readonly #waiting = new Set<Waiter>()

  /** `waitingChanged` is told when the first begins to wait and when nobody waits any more. */
  constructor(clock: Clock, waitingChanged: (waiting: boolean) => void) {
    this.#clock = clock
    this.#waitingChanged = waitingChanged
  }

  get size(): number {
    return this.#waiting.size
  }

  wait(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    errors: { late(): Error; cancelled(): Error },
  ): Promise<Peer> {
    if (signal?.aborted) return Promise.reject(errors.cancelled())
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter)
        timer.cancel()
        signal?.removeEventListener('abort', cancel)
        if (this.#waiting.size === 0) this.#waitingChanged(false)
      }
      const waiter: Waiter = {
        resolve: (peer) => {
          leave()
          resolve(peer)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const cancel = () => waiter.reject(errors.cancelled())
      const timer = this.#clock.after(timeoutMs, () => waiter.reject(errors.late()))
      // Somebody waits for this: the process must live until it is decided.
      timer.hold(true)
      signal?.addEventListener('abort', cancel, { once: true })
      this.#waiting.add(waiter)
      if (this.#waiting.size === 1) this.#waitingChanged(true)
    })
  }

  /** There is a connection. */
  release(peer: Peer): void {
    for (const waiter of [...this.#waiting]) waiter.resolve(peer)
  }

  /** There will be none. */
  refuse(error: Error): void {
    for (const waiter of [...this.#waiting]) waiter.reject(error)
  }
}
