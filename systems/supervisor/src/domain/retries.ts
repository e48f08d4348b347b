// The restarts of one app that nobody asked for: how many there were in a row, and the one that waits.
import type { BackoffConfig } from '../config/app-config.js'
import { backoffDelay } from './backoff.js'

export class Retries {
  /** Since it last ran for long, or was started on request. */
  #inARow = 0
  #next: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined

  /** Milliseconds until the one that waits. Undefined: none does. */
  get inMs(): number | undefined {
    return this.#next && Math.max(0, Math.round(this.#next.at - performance.now()))
  }

  /** Whether there were as many as there may be. */
  usedUp({ maxAttempts }: BackoffConfig): boolean {
    return maxAttempts !== undefined && this.#inARow >= maxAttempts
  }

  /** It is counted from the beginning again. */
  forgive(): void {
    this.#inARow = 0
  }

  /** Lets the next one wait. `due` gets what says, once, that nobody took it back meanwhile. */
  plan(
    backoff: BackoffConfig,
    due: (take: () => boolean) => void,
  ): { attempt: number; ms: number } {
    const ms = backoffDelay(backoff, this.#inARow, Math.random())
    this.#inARow++
    const take = () => this.#next === next && this.cancel()
    const next = { timer: setTimeout(() => due(take), ms), at: performance.now() + ms }
    this.#next = next
    return { attempt: this.#inARow, ms }
  }

  /** Takes back the one that waits. False: none did. */
  cancel(): boolean {
    const waited = this.#next !== undefined
    clearTimeout(this.#next?.timer)
    this.#next = undefined
    return waited
  }
}
