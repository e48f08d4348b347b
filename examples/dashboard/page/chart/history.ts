// The points that all charts show, and the moment that they look at: now, or an earlier one.
import type { Point } from '../../src/monitor.js'

/** Seconds that are shown. */
export const SECONDS = 120

export class History {
  #points: Point[] = []
  #at: number | undefined
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get points(): readonly Point[] {
    return this.#points
  }

  get last(): Point | undefined {
    return this.#points.at(-1)
  }

  /** The point that is looked at: the last one, unless somebody looks back. */
  get seen(): Point | undefined {
    return this.#at === undefined
      ? this.last
      : (this.#points.find(({ at }) => at === this.#at) ?? this.#points[0])
  }

  get looksBack(): boolean {
    return this.#at !== undefined
  }

  replace(points: readonly Point[]): void {
    this.#points = [...points]
    this.#changed()
  }

  add(point: Point): void {
    // What the snapshot had already comes once more when the feed begins.
    if (point.at <= (this.last?.at ?? 0)) return
    this.#points.push(point)
    while ((this.#points[0]?.at ?? 0) <= point.at - SECONDS * 1000) this.#points.shift()
    this.#changed()
  }

  /** Looks at the point nearest to that moment; undefined: at what comes. */
  look(at: number | undefined): void {
    let nearest: Point | undefined
    if (at !== undefined) {
      for (const point of this.#points) {
        if (nearest === undefined || Math.abs(point.at - at) < Math.abs(nearest.at - at)) {
          nearest = point
        }
      }
    }
    if (this.#at === nearest?.at) return
    this.#at = nearest?.at
    this.#changed()
  }

  /** So many points back or on; on from the last one is now. */
  step(by: number): void {
    const index = this.#points.findIndex(({ at }) => at === this.seen?.at)
    const next = Math.max(0, index + by)
    const at = this.#points[next]?.at
    this.look(at === this.last?.at ? undefined : at)
  }
}
