// A codec alone, on a channel that keeps messages apart: one value in each message.

import type { Codec } from '../codec/codec.js'
import { malformed, TielineError } from '../errors.js'
import { checkIncoming, checkOutgoing } from './sizes.js'
import type { Wire } from './wire.js'

/**
 * `perMessage(json())`, for WebSockets and mailboxes. The limit `frameBytes` counts a whole message.
 * A message without bytes is `malformed`, and a value without bytes cannot be sent.
 */
export function perMessage<W>(codec: Codec<W>): Wire<W> {
  return {
    unit: 'message',
    encode(value, out, limits) {
      const before = out.length
      codec.encode(value, out)
      const bytes = out.length - before
      if (bytes === 0) {
        throw new TielineError(
          'invalid-argument',
          'a value without bytes cannot be sent as a message',
        )
      }
      checkOutgoing(bytes, limits)
    },
    decoder: (limits) => ({
      push(chunk, emit) {
        if (chunk.length === 0) throw malformed('an empty message arrived')
        checkIncoming(chunk.length, limits)
        emit(codec.decode(chunk, 0, chunk.length, true, limits), chunk.length)
      },
      // Nothing is held from one message to the next.
      pending: 0,
      fresh: true,
      end() {},
    }),
  }
}
