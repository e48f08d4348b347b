// Calls that wait for something to call: a handshake, a connection. Each waits until its own deadline
// or its cancel, and all of them end when there is nothing to wait for any more.
import type { Clock } from '../clock.js'

/** The errors of one call that waits, made when they are needed. */
export interface WaitErrors {
  late(): Error
  cancelled(cause: unknown): Error
}

interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
  readonly method: string
}

export class Waiters<T> {
  readonly #clock: Clock
  readonly #waitingChanged: (waiting: boolean) => void
  readonly #waiting = new Set<Waiter<T>>()

  /** `waitingChanged` is told when the first begins to wait and when nobody waits any more. */
  constructor(clock: Clock, waitingChanged: (waiting: boolean) => void = () => {}) {
    this.#clock = clock
    this.#waitingChanged = waitingChanged
  }

  get size(): number {
    return this.#waiting.size
  }

  /** `timeoutMs`: Infinity to wait as long as it takes. `stops`: signals that end the wait. */
  wait(
    method: string,
    timeoutMs: number,
    stops: readonly (AbortSignal | undefined)[],
    errors: WaitErrors,
  ): Promise<T> {
    const signals = stops.filter((signal) => signal !== undefined)
    const stopped = signals.find((signal) => signal.aborted)
    if (stopped) return Promise.reject(errors.cancelled(stopped.reason))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        if (!this.#waiting.delete(waiter)) return
        timer?.cancel()
        for (const signal of signals) signal.removeEventListener('abort', cancel)
        if (this.#waiting.size === 0) this.#waitingChanged(false)
      }
      const waiter: Waiter<T> = {
        method,
        resolve: (value) => {
          leave()
          resolve(value)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const cancel = ({ target }: Event): void =>
        waiter.reject(errors.cancelled((target as AbortSignal).reason))
      const late = (): void => waiter.reject(errors.late())
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.after(timeoutMs, late)
      // Somebody waits for this: the process must live until it is decided.
      timer?.hold(true)
      for (const signal of signals) signal.addEventListener('abort', cancel, { once: true })
      this.#waiting.add(waiter)
      if (this.#waiting.size === 1) this.#waitingChanged(true)
    })
  }

  /** Here it is. They go on in the order in which they came. */
  release(value: T): void {
    for (const waiter of [...this.#waiting]) waiter.resolve(value)
  }

  /** It will not come. */
  refuse(error: (method: string) => Error): void {
    for (const waiter of [...this.#waiting]) waiter.reject(error(waiter.method))
  }
}
