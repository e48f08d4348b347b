// What a wire is: chunks in, values out, and back. A framer with a codec, a self-delimiting codec,
// or a codec on a channel that keeps messages apart.
import type { ByteSink } from '../bytes.js'
import type { Limits } from '../limits.js'

/** Reads one connection's values out of its chunks. Has a state: one for each connection. */
export interface WireDecoder<W> {
  /**
   * Reads what came; `emit` gets each value and how many bytes it took on the wire. Throws
   * `malformed` or `too-large`, after which the decoder is not used again.
   */
  push(chunk: Uint8Array, emit: (value: W, bytes: number) => void): void
  /** See ChannelSink.room. */
  room?(): Uint8Array | undefined
  /** Bytes held of a value that is not complete; 0 between values. */
  readonly pending: number
  /**
   * True: it is as good as a new one, also for another connection; asked between two chunks. Left out
   * where the decoder cannot say: then each connection keeps one of its own.
   */
  readonly fresh?: boolean
  /** The channel ended. Throws `malformed` inside a value. */
  end(): void
}

/** Values to chunks and back. Has no state: one serves any number of connections. */
export interface Wire<W> {
  /** What the channel must preserve; a mismatch is refused when a peer is made. */
  readonly unit: 'bytes' | 'message'
  /** Writes one value into the connection's sink. Throws `invalid-argument` or `too-large`; the caller rolls back. */
  encode(value: W, out: ByteSink, limits: Limits): void
  decoder(limits: Limits): WireDecoder<W>
}
