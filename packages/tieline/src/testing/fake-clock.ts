// A clock turned by hand, so that tests of deadlines neither wait nor guess.
import { type Clock, systemClock, type Timer } from '../clock.js'

interface Waiting {
  readonly at: number
  readonly run: () => void
  held: boolean
}

/**
 * Time stands still until `advance`. What is to run `soon` runs when the current tick's work is done,
 * as on the system's clock.
 */
export class FakeClock implements Clock {
  #now: number
  readonly #waiting = new Set<Waiting>()

  constructor(start = 0) {
    this.#now = start
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#waiting.size
  }

  /** Timers that would keep the process alive. */
  get held(): number {
    let held = 0
    for (const timer of this.#waiting) if (timer.held) held++
    return held
  }

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Timer {
    const timer: Waiting = { at: this.#now + Math.max(0, ms), run, held: false }
    this.#waiting.add(timer)
    return {
      cancel: () => void this.#waiting.delete(timer),
      hold: (alive) => {
        timer.held = alive
      },
    }
  }

  soon(run: () => void): void {
    systemClock.soon(run)
  }

  /** Lets so much time pass: each timer that becomes due runs at its own moment, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#earliest(end)
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.at)
      this.#fire(next)
    }
    this.#now = end
  }

  /** As `advance`, in so many steps, with all that follows from each (I/O and promises) done before the next. */
  async pass(ms: number, steps = 10): Promise<void> {
    for (let i = 0; i < steps; i++) {
      this.advance(ms / steps)
      await settled()
    }
  }

  /** The process stands still, as under SIGSTOP: afterwards all that became due meanwhile runs, late. */
  standStill(ms: number): void {
    this.#now += ms
    this.advance(0)
  }

  #fire(timer: Waiting): void {
    this.#waiting.delete(timer)
    timer.run()
  }

  #earliest(end: number): Waiting | undefined {
    let earliest: Waiting | undefined
    for (const timer of this.#waiting) {
      if (timer.at <= end && (earliest === undefined || timer.at < earliest.at)) earliest = timer
    }
    return earliest
  }
}

/** Lets so many turns of the event loop pass, with all microtasks in between. */
export async function settled(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
