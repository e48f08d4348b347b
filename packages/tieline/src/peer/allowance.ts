// How long a call may take: what its options say, and at most what is left of the call that it is
// made within.
import { milliseconds } from '../clock.js'
import type { CallOptions } from './call.js'

const NEVER = Number.POSITIVE_INFINITY

/**
 * Milliseconds; Infinity for a stream without a timeout, which may wait as long as it likes.
 * Throws `invalid-argument` for a timeout that is not a duration.
 */
export function allowance(
  kind: 'call' | 'stream',
  options: CallOptions | undefined,
  callMs: number,
): number {
  const usual = kind === 'call' ? callMs : NEVER
  if (options === undefined) return usual
  const { timeout, within } = options
  const own = timeout === undefined ? usual : milliseconds(timeout)
  // Rounded up on its way over the wire, so rounded up here: both sides mean the same moment.
  return Math.ceil(within === undefined ? own : Math.min(own, within.remaining()))
}

/** The same options with what is left of the time. */
export function withTimeout(options: CallOptions | undefined, ms: number): CallOptions | undefined {
  return ms === NEVER ? options : { ...options, timeout: Math.max(0, ms) }
}
