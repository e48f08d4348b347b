// What a codec is: one value to bytes and back. Synchronous, without I/O and without state.
import type { ByteSink } from '../bytes.js'
import type { Limits } from '../limits.js'

/** One value to bytes and back, for a framer that says where it ends. Has no state. */
export interface Codec<W> {
  /** Writes one value at the sink's position. Throws `invalid-argument` for a value that cannot be written. */
  encode(value: W, out: ByteSink): void
  /**
   * Reads the one value that fills bytes[start..end) exactly. `lent`: the memory will be overwritten,
   * so binary values are copied; otherwise they may be views of it. Throws `malformed` or `too-large`.
   */
  decode(bytes: Uint8Array, start: number, end: number, lent: boolean, limits: Limits): W
}

/** Takes values out of a stream of bytes without frames. */
export interface Scanner {
  /**
   * Looks on from where it stopped. Returns the length in bytes of the value that begins at `start`,
   * or 0 when bytes[start..end) does not hold all of it yet. Linear over all calls for one value.
   * Throws `malformed` or `too-large` from headers alone.
   */
  scan(bytes: Uint8Array, start: number, end: number): number
  /** After a 0: how many bytes the value has at the least, as far as headers tell. */
  readonly atLeast: number
  /** Forgets the value looked at, for the next. */
  reset(): void
}

/** A codec whose values say themselves where they end. */
export interface SelfDelimitingCodec<W> extends Codec<W> {
  scanner(limits: Limits): Scanner
  /**
   * Reads the value at `start` if all of it is there. Returns INCOMPLETE when it is not; otherwise
   * the value, and `end.at` is where it ended.
   */
  decodePrefix(
    bytes: Uint8Array,
    start: number,
    limit: number,
    lent: boolean,
    limits: Limits,
    end: { at: number },
  ): W | typeof INCOMPLETE
}

/** What a self-delimiting codec says when the value goes on behind the bytes that it was given. */
export const INCOMPLETE: unique symbol = Symbol('incomplete')
