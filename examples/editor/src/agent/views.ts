// The pages that look at the scene, and the stage that suits them all: as wide as the narrowest view
// and as high as the lowest, so that nothing happens where a page cannot see it.
import type { Bounds } from '../scene/motion.js'

/** Units. Smaller than any phone; a page that says less is shown more than fits. */
const SMALLEST: Bounds = { width: 280, height: 240 }

export class Views<Page> {
  readonly #sizes = new Map<Page, Bounds>()
  #stage: Bounds

  /** `first`: the stage before any page has told its size. */
  constructor(first: Bounds) {
    this.#stage = first
  }

  /** The last one stays when the last page goes. */
  get stage(): Bounds {
    return this.#stage
  }

  resize(page: Page, { width, height }: Bounds): void {
    this.#sizes.set(page, { width, height })
    this.#measure()
  }

  leave(page: Page): void {
    this.#sizes.delete(page)
    this.#measure()
  }

  #measure(): void {
    const sizes = [...this.#sizes.values()]
    if (sizes.length === 0) return
    this.#stage = {
      width: Math.max(SMALLEST.width, Math.min(...sizes.map(({ width }) => width))),
      height: Math.max(SMALLEST.height, Math.min(...sizes.map(({ height }) => height))),
    }
  }
}
