// How long to wait before the next attempt: exponential with full jitter, so that many clients of one
// server that was restarted do not come back in step.
import { type Duration, milliseconds } from '../clock.js'

/**
 * How a lost connection is tried again: each wait is random, from 0 up to a bound that doubles
 * from `base` to `cap`.
 */
export interface BackoffOptions {
  /** Upper bound of the first wait. 50 ms: a local server restarts in about that time. */
  readonly base?: Duration
  /** Upper bound of any wait. 5 s: a person who started the server again does not wait long. */
  readonly cap?: Duration
  /** A number in [0, 1), as Math.random gives. */
  readonly random?: () => number
}

/** How long to wait before the next attempt. Has a state: one for each client. */
export class Backoff {
  readonly #baseMs: number
  readonly #capMs: number
  readonly #random: () => number
  #attempts = 0

  constructor(options: BackoffOptions = {}) {
    this.#baseMs = milliseconds(options.base ?? 50)
    this.#capMs = milliseconds(options.cap ?? 5000)
    this.#random = options.random ?? Math.random
  }

  /** Attempts since a connection stood. */
  get attempts(): number {
    return this.#attempts
  }

  /** Milliseconds to wait now: evenly between 0 and base · 2^attempts, at most the cap. */
  next(): number {
    const bound = this.#bound()
    this.#attempts++
    return this.#random() * bound
  }

  /**
   * A connection stood for so long. When that is longer than the next wait could be, the next failure
   * begins from the base again: a server that dies as soon as it is reached is not dialled in a hurry.
   */
  stood(milliseconds: number): void {
    if (milliseconds >= this.#bound()) this.#attempts = 0
  }

  #bound(): number {
    return Math.min(this.#capMs, this.#baseMs * 2 ** this.#attempts)
  }
}
