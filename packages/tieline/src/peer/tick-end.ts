// What connections do when a tick is over, all of them in one go of their clock's `soon`: thousands of
// idle ones would each keep a function of their own for it.
import type { Clock } from '../clock.js'

/** Something that is told once when the tick is over. */
export interface Ticking {
  tickOver(): void
}

export class TickEnd {
  readonly #clock: Clock
  // Two lists in turn, each used again: a tick allocates nothing for this.
  #waiting: (Ticking | undefined)[] = []
  #spare: (Ticking | undefined)[] = []
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Not asked for one that waits already. */
  add(one: Ticking): void {
    this.#waiting[this.#count++] = one
    if (this.#count === 1) this.#clock.soon(this.#run)
  }

  readonly #run = (): void => {
    const all = this.#waiting
    const count = this.#count
    this.#waiting = this.#spare
    this.#spare = all
    this.#count = 0
    let told = 0
    try {
      while (told < count) {
        const one = all[told] as Ticking
        all[told++] = undefined
        one.tickOver()
      }
    } finally {
      // One of them has thrown: the others must be told all the same.
      for (; told < count; told++) this.add(all[told] as Ticking)
    }
  }
}

const tickEnds = new WeakMap<Clock, TickEnd>()

export function tickEndOf(clock: Clock): TickEnd {
  let tickEnd = tickEnds.get(clock)
  if (tickEnd === undefined) {
    tickEnd = new TickEnd(clock)
    tickEnds.set(clock, tickEnd)
  }
  return tickEnd
}
