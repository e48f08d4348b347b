// The size limit as every wire checks it, both ways: what the other side would refuse is not sent.
import { tooLarge } from '../errors.js'
import type { Limits } from '../limits.js'

/** Throws `too-large` for a value whose bytes, without a frame's header, are past the limit. */
export function checkOutgoing(bytes: number, limits: Limits): void {
  if (bytes > limits.frameBytes) {
    throw tooLarge(
      `a value of ${bytes} bytes cannot be sent; the limit frameBytes is ${limits.frameBytes}`,
    )
  }
}

/** What came is past the limit, although it is all there. */
export function checkIncoming(bytes: number, limits: Limits): void {
  if (bytes > limits.frameBytes) {
    throw tooLarge(
      `a value of ${bytes} bytes arrived; the limit frameBytes is ${limits.frameBytes}`,
    )
  }
}
