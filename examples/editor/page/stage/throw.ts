// How fast a dragged thing was going when it was let go.
import type { Point } from './fit.js'

/** Milliseconds looked back. 90: a flick of the wrist; before that was the way there. */
const BACK_MS = 90

interface Sample extends Point {
  readonly at: number
}

export class Throw {
  #samples: Sample[] = []

  /** `at` in milliseconds. */
  to({ x, y }: Point, at: number): void {
    this.#samples = this.#samples.filter((sample) => at - sample.at <= BACK_MS)
    this.#samples.push({ x, y, at })
  }

  /** Units a second. Nothing for what was held still before it was let go. */
  speed(at: number): { vx: number; vy: number } {
    const recent = this.#samples.filter((sample) => at - sample.at <= BACK_MS)
    const [first, last] = [recent[0], recent.at(-1)]
    if (first === undefined || last === undefined || last.at <= first.at) return { vx: 0, vy: 0 }
    const seconds = (last.at - first.at) / 1000
    return { vx: (last.x - first.x) / seconds, vy: (last.y - first.y) / seconds }
  }
}
