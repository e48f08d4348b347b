// Numbers of channels that the host has closed and of which an agent may still speak. They are given
// again when the agent has said that it knows, or when nothing can be on its way any more.
import type { Clock } from 'tieline'
import type { ChannelNumbers } from './numbers.js'

/**
 * Milliseconds that a number is kept for an agent that does not say that it knows. A minute: twice the
 * time in which a message that was begun must arrive.
 */
const KEPT_MS = 60_000

export class ClosedNumbers {
  readonly #numbers: ChannelNumbers
  readonly #clock: Clock
  /** Number -> when it was closed, the oldest first. */
  readonly #kept = new Map<number, number>()

  constructor(numbers: ChannelNumbers, clock: Clock) {
    this.#numbers = numbers
    this.#clock = clock
  }

  add(number: number): void {
    const now = this.#clock.now()
    for (const [oldest, since] of this.#kept) {
      if (now - since < KEPT_MS) break
      this.#free(oldest)
    }
    this.#kept.set(number, now)
  }

  /** The agent knows. False: it speaks of a number that is not kept. */
  known(number: number): boolean {
    if (!this.#kept.has(number)) return false
    this.#free(number)
    return true
  }

  /** The agent is gone. */
  freeAll(): void {
    for (const number of this.#kept.keys()) this.#free(number)
  }

  #free(number: number): void {
    this.#kept.delete(number)
    this.#numbers.free(number)
  }
}
