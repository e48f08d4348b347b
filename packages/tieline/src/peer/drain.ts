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

/** Those who wait until no call is open any more. */
export class DrainWaiters {
  #waiting: { readonly deadline: number; readonly done: () => void }[] = []

  wait(deadline: number, done: () => void): void {
    this.#waiting.push({ deadline, done })
  }

  /** Everything is finished, or over. */
  release(): void {
    for (const { done } of this.#waiting.splice(0)) done()
  }

  /** Lets go of those whose deadline has passed. Returns the next deadline. */
  expire(now: number): number {
    const due = this.#waiting.filter(({ deadline }) => deadline <= now)
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    for (const { done } of due) done()
    return Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.map(({ deadline }) => deadline))
  }
}
