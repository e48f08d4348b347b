// Where each entity was in the last frames, for the fading line behind it.
import type { Sprite } from '../../src/protocol/frame.js'

/** Frames looked back. 22: a third of a second, a hint of the way and no more. */
const LENGTH = 22
/** Units. One that moved further in a frame was put there, and did not fly. */
const JUMP = 60

/** x and y in turn, the oldest first. */
export type Trail = readonly number[]

export class Trails {
  #trails = new Map<number, number[]>()

  add(sprites: readonly Sprite[]): void {
    const kept = new Map<number, number[]>()
    for (const { id, x, y } of sprites) {
      let trail = this.#trails.get(id) ?? []
      const [lastX = x, lastY = y] = trail.slice(-2)
      if (Math.hypot(x - lastX, y - lastY) > JUMP) trail = []
      trail.push(x, y)
      if (trail.length > LENGTH * 2) trail.splice(0, trail.length - LENGTH * 2)
      kept.set(id, trail)
    }
    this.#trails = kept
  }

  of(id: number): Trail {
    return this.#trails.get(id) ?? []
  }

  clear(): void {
    this.#trails.clear()
  }
}
