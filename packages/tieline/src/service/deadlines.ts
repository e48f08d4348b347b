// Many deadlines on one timer, since a timer for each call would cost more than the call.
import type { Clock } from '../clock.js'
import { Alarm } from '../peer/alarm.js'

export interface Deadline {
  readonly at: number
  readonly passed: () => void
}

export class Deadlines {
  readonly #open = new Set<Deadline>()
  readonly #alarm: Alarm

  constructor(clock: Clock) {
    this.#alarm = new Alarm(clock, { ring: (now) => this.#look(now) })
  }

  /** Runs `passed` once, soon after `at` by the clock, unless the deadline is taken back before. */
  set(at: number, passed: () => void): Deadline {
    const deadline: Deadline = { at, passed }
    this.#open.add(deadline)
    this.#alarm.by(at)
    return deadline
  }

  /** Takes a deadline back. Harmless when it has passed. */
  take(deadline: Deadline): void {
    this.#open.delete(deadline)
  }

  #look(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const deadline of this.#open) {
      if (deadline.at > now) {
        next = Math.min(next, deadline.at)
        continue
      }
      this.#open.delete(deadline)
      deadline.passed()
    }
    return next
  }
}
