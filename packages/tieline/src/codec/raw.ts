// The codec for bytes that are nobody's business: a value is its bytes.
import type { ByteSink } from '../bytes.js'
import { TielineError } from '../errors.js'
import type { Limits } from '../limits.js'
import { binaryAt, binaryOf } from './binary.js'
import type { Codec } from './codec.js'
import { tooManyBytes } from './refusals.js'

/**
 * Bytes as they are. Long values are sent from where they are and must not change until sent; what
 * is read is a copy when the memory is lent, else a view of it. A value that is not bytes is refused
 * with `invalid-argument`.
 */
export function raw(): Codec<Uint8Array> {
  return {
    encode(value: Uint8Array, out: ByteSink): void {
      const bytes = binaryOf(value)
      if (bytes === undefined) {
        throw new TielineError(
          'invalid-argument',
          `the raw codec takes a Uint8Array, not ${value === null ? 'null' : typeof value}`,
        )
      }
      out.append(bytes)
    },
    decode(bytes: Uint8Array, start: number, end: number, lent: boolean, limits: Limits) {
      if (end - start > limits.frameBytes) throw tooManyBytes(end - start, limits.frameBytes)
      return binaryAt(bytes, start, end, lent)
    },
  }
}
