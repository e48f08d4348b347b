// The body of a frame that a chunk border cut: a small one is completed in memory that is used again
// and again, a large one in the memory where it will stay.
import { malformed, type TielineError } from '../errors.js'
import type { TakeFrame } from './framer.js'
import { allocate, LARGE_BYTES, landedIn, NOTHING, roomFor } from './memory.js'

/** One at a time: `begin`, then `add` until it is `complete`, then `give`. */
export class CutBody {
  size = 0
  /** Bytes that are there; 0 between bodies. */
  filled = 0
  #kept: Uint8Array = NOTHING
  #large: Uint8Array | undefined

  get complete(): boolean {
    return this.filled === this.size
  }

  /** Keeps what is there of a body of `size` bytes: chunk[start..). Its size has been checked. */
  begin(chunk: Uint8Array, start: number, size: number): void {
    let body: Uint8Array
    if (size > LARGE_BYTES) {
      body = this.#large = allocate(size)
    } else {
      body = this.#kept = roomFor(this.#kept, 0, size, LARGE_BYTES)
    }
    body.set(start === 0 ? chunk : chunk.subarray(start))
    this.size = size
    this.filled = chunk.length - start
  }

  /** Takes from the chunk's beginning what belongs to the body. Returns how much that is. */
  add(chunk: Uint8Array): number {
    const count = Math.min(this.size - this.filled, chunk.length)
    if (this.#large === undefined || !landedIn(this.#large, this.filled, chunk)) {
      const body = this.#large ?? this.#kept
      body.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.filled)
    }
    this.filled += count
    return count
  }

  /** See FrameDecoder.room. */
  room(): Uint8Array | undefined {
    // Less than a large frame's worth is not worth a read of its own.
    if (this.#large === undefined || this.size - this.filled < LARGE_BYTES) return undefined
    return this.#large.subarray(this.filled)
  }

  /** Hands the complete body over and forgets it. */
  give(take: TakeFrame): void {
    const large = this.#large
    this.#large = undefined
    this.filled = 0
    take(large ?? this.#kept, 0, this.size, large === undefined)
  }

  /** The error for a channel that ends before the body does. */
  cutShort(): TielineError {
    return malformed(`the channel ended inside a frame, after ${this.filled} of ${this.size} bytes`)
  }
}
