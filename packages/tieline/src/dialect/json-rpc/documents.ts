// JSON texts of which one that cannot be read is a value too: its frame was whole, so the connection
// goes on, and the dialect answers it with an error.
import { ByteSink, joined } from '../../bytes.js'
import type { Codec } from '../../codec/index.js'
import { isTielineError, type TielineError } from '../../errors.js'

/** In place of a value: the frame held no JSON, or JSON that is past a limit. */
export class Unreadable {
  readonly error: TielineError

  constructor(error: TielineError) {
    this.error = error
  }
}

/** JSON that is written already, in pieces. They must not change. */
export class Written {
  readonly pieces: readonly Uint8Array[]

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces
  }
}

/** The codec with both. */
export function documents(codec: Codec<unknown>): Codec<unknown> {
  return {
    encode(value, out) {
      if (value instanceof Written) for (const piece of value.pieces) out.append(piece)
      else codec.encode(value, out)
    },
    decode(bytes, start, end, lent, limits) {
      try {
        return codec.decode(bytes, start, end, lent, limits)
      } catch (error) {
        if (isTielineError(error)) return new Unreadable(error)
        throw error
      }
    },
  }
}

/** The value's bytes, in memory of their own. Throws what the codec throws. */
export function bytesOf(codec: Codec<unknown>, value: unknown): Uint8Array {
  const sink = new ByteSink()
  try {
    codec.encode(value, sink)
    const bytes = sink.take() ?? []
    return bytes instanceof Uint8Array ? bytes.slice() : joined(bytes)
  } finally {
    sink.take()
    sink.release()
  }
}
