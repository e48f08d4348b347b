// One timer for all deadlines of a connection. It is set for the earliest one; a later deadline costs
// a comparison, and a call that is answered in time costs nothing more.
import type { Clock, Timer } from '../clock.js'

/** Milliseconds a deadline may be late, so that deadlines close together share one wake-up. */
const GRAIN_MS = 5
const NEVER = Number.POSITIVE_INFINITY

/**
 * Deals with all that is due at `now` and returns the moment of the next deadline, or Infinity.
 * `late`: milliseconds that the timer fired after its time. Much, when this process stood still.
 */
export type Ring = (now: number, late: number) => number

export class Alarm {
  #timer: Timer | undefined
  #due = NEVER
  #stopped = false
  readonly #clock: Clock
  readonly #ring: Ring

  constructor(clock: Clock, ring: Ring) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Makes sure that the alarm rings soon after `at`. */
  by(at: number): void {
    if (at >= this.#due || this.#stopped) return
    this.#set(at)
  }

  /** Rings no more, whatever is asked of it later. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#due = NEVER
  }

  #set(at: number): void {
    this.#timer?.cancel()
    this.#due = at
    const due = at + GRAIN_MS
    this.#timer = this.#clock.after(due - this.#clock.now(), () => {
      this.#due = NEVER
      this.#timer = undefined
      const now = this.#clock.now()
      this.by(this.#ring(now, now - due))
    })
  }
}
