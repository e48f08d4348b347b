// The end of a connection in good order: waiting for the last calls, then for the last bytes, each
// until a deadline.
import type { Channel } from '../channel/channel.js'
import type { Clock } from '../clock.js'

/** Closes a channel in good order, or aborts it when that takes longer. */
export async function closeWithin(channel: Channel, clock: Clock, ms: number): Promise<void> {
  const late = new AbortController()
  const timer = clock.after(ms, () => late.abort())
  // The process must not exit before what is written has left.
  timer.hold(true)
  await channel.close({ signal: late.signal })
  timer.cancel()
}

/** Why everything is over. Made when somebody asks: most connections end while nobody waits. */
export type Reason = () => Error

/** Makes it once. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

interface Waiting {
  readonly deadline: number
  readonly done: () => void
}

const NOBODY: readonly Waiting[] = []

/** Those who wait until no call is open any more. */
export class DrainWaiters {
  #waiting = NOBODY

  wait(deadline: number, done: () => void): void {
    this.#waiting = [...this.#waiting, { deadline, done }]
  }

  /** Everything is finished, or over. */
  release(): void {
    const all = this.#waiting
    this.#waiting = NOBODY
    for (const { done } of all) done()
  }

  /** Lets go of those whose deadline has passed. Returns the next deadline. */
  expire(now: number): number {
    if (this.#waiting.length === 0) return Number.POSITIVE_INFINITY
    const due = this.#waiting.filter(({ deadline }) => deadline <= now)
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    for (const { done } of due) done()
    return Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.map(({ deadline }) => deadline))
  }
}
