// A clock that is turned by hand, for tests of what happens when. Its Unix time runs beside it.
import type { Clock } from 'tieline'

interface Waiting {
  readonly at: number
  readonly run: () => void
}

export class ManualClock implements Clock {
  #now = 0
  #waiting: Waiting[] = []
  /** Unix milliseconds at the clock's start. */
  readonly startUnixMs = 1_700_000_000_000

  now(): number {
    return this.#now
  }

  readonly unixNow = (): number => this.startUnixMs + this.#now

  after(ms: number, run: () => void): ReturnType<Clock['after']> {
    const waiting = { at: this.#now + Math.max(0, ms), run }
    this.#waiting.push(waiting)
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
      },
      hold: () => {},
    }
  }

  soon(run: () => void): void {
    queueMicrotask(run)
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#waiting.length
  }

  /** Lets time pass: each timer runs at its moment, and what it resolves is done before the next. */
  async turn(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const due = this.#waiting.toSorted((a, b) => a.at - b.at)[0]
      if (!due || due.at > end) break
      this.#now = due.at
      this.#waiting = this.#waiting.filter((other) => other !== due)
      due.run()
      await settle()
    }
    this.#now = end
  }
}

/** Everything that is resolved now has been acted upon. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
