// What a framer does with a frame that has nothing in it: peers differ, so it is an option.
import { malformed, TielineError } from '../errors.js'

/**
 * - `refuse`: `malformed`. No codec but raw has a value of no bytes, so it is a fault of the other side.
 * - `skip`: passed over, as the keep-alive of peers that send such frames.
 * - `take`: handed on like any other body, for raw bytes and for dialects that answer it with an error.
 */
export type EmptyBody = 'refuse' | 'skip' | 'take'

export function emptyFrame(): TielineError {
  return malformed('a frame without a body arrived')
}

/** On the way out: what the other side would refuse or pass over is not sent. */
export function checkBody(bodyBytes: number, emptyBody: EmptyBody): void {
  if (bodyBytes === 0 && emptyBody !== 'take') {
    throw new TielineError('invalid-argument', 'a value without bytes cannot be sent as a frame')
  }
}
