// The deadlines of a connection itself: the first frame, a frame that stays unfinished, and a reader
// that reads nothing of what waits for it.
import type { Limits } from '../limits.js'

const NEVER = Number.POSITIVE_INFINITY
/** A timer that is later than this shows that this process stood still, and saw nothing meanwhile. */
const STOOD_STILL_MS = 1000

/** What must come first. */
export interface FirstFrame {
  /** Begins the message when it does not: 'nothing came', or 'no hello came'. */
  readonly missing: string
}

/** Where there is no handshake, any frame is a beginning. */
const ANYTHING: FirstFrame = { missing: 'nothing came' }

/** Made while something is awaited: a quiet connection has none. */
export class Watchdog {
  readonly #limits: Limits
  readonly #first: FirstFrame
  #firstFrameBy = NEVER
  #partialBy = NEVER
  #stalledBy = NEVER
  #takenBefore = 0

  constructor(limits: Limits, first: FirstFrame = ANYTHING) {
    this.#limits = limits
    this.#first = first
  }

  /** The earliest of the deadlines, or Infinity. */
  get next(): number {
    return Math.min(this.#firstFrameBy, this.#partialBy, this.#stalledBy)
  }

  /** A connection began whose first frame (or handshake) is due. */
  expectFirstFrame(now: number): void {
    this.#firstFrameBy = now + this.#limits.firstFrameMs
  }

  firstFrameCame(): void {
    this.#firstFrameBy = NEVER
  }

  /** Bytes came: `pending` of them belong to an unfinished frame; `progress`: a frame was finished. */
  read(now: number, pending: number, progress: boolean): void {
    if (pending === 0) this.#partialBy = NEVER
    else if (this.#partialBy === NEVER || progress) {
      this.#partialBy = now + this.#limits.partialFrameMs
    }
  }

  /** This side does not read: an unfinished frame is not the other side's fault. */
  paused(now: number): void {
    if (this.#partialBy !== NEVER) this.#partialBy = now + this.#limits.partialFrameMs
  }

  /** The channel takes no more. `taken`: bytes that the system has had from it so far. */
  blocked(now: number, taken: number): void {
    this.#takenBefore = taken
    this.#stalledBy = now + this.#limits.partialFrameMs
  }

  drained(): void {
    this.#stalledBy = NEVER
  }

  /** Why the connection must end now, if it must. `late`: how late the look is. See Sleeper. */
  overdue(now: number, late: number, taken: number): string | undefined {
    if (this.next > now) return undefined
    if (late > STOOD_STILL_MS) {
      this.#again(now, taken)
      return undefined
    }
    const { firstFrameMs, partialFrameMs } = this.#limits
    if (this.#firstFrameBy <= now) {
      return `${this.#first.missing} within ${firstFrameMs} ms (limit firstFrameMs)`
    }
    if (this.#partialBy <= now) {
      return `a frame stayed unfinished for ${partialFrameMs} ms (limit partialFrameMs)`
    }
    if (taken === this.#takenBefore) {
      return `nothing of what was sent was read for ${partialFrameMs} ms (limit partialFrameMs)`
    }
    this.blocked(now, taken)
    return undefined
  }

  /** All that is awaited gets its time once more: what came meanwhile has not been looked at yet. */
  #again(now: number, taken: number): void {
    if (this.#firstFrameBy !== NEVER) this.expectFirstFrame(now)
    if (this.#partialBy !== NEVER) this.#partialBy = now + this.#limits.partialFrameMs
    if (this.#stalledBy !== NEVER) this.blocked(now, taken)
  }
}
