// What a framer is: it cuts a byte channel into frames and back. Synchronous, without timers.
import type { ByteSink } from '../bytes.js'
import type { Limits } from '../limits.js'

/** Takes one frame: bytes[start..end). `lent`: the memory will be overwritten after the call. */
export type TakeFrame = (bytes: Uint8Array, start: number, end: number, lent: boolean) => void

/** Cuts one connection's bytes into frames. Has a state: one for each connection. */
export interface FrameDecoder {
  /** Cuts what came. Throws `too-large` from the header alone, `malformed` for a header that cannot be. */
  push(chunk: Uint8Array, take: TakeFrame): void
  /** See ChannelSink.room: the rest of a large frame is read where it will stay. */
  room(): Uint8Array | undefined
  /** Bytes held of a frame that is not complete; 0 between frames. */
  readonly pending: number
  /** See WireDecoder.fresh. */
  readonly fresh?: boolean
  /** The channel ended. Throws `malformed` inside a frame. */
  end(): void
}

/**
 * How frames are marked in a stream of bytes. Has no state: one serves any number of connections.
 */
export interface Framer {
  /** Bytes left free before the body, for `finish` to fill. */
  readonly headerBytes: number
  /**
   * How many of them the header of such a body takes, where that differs: `finish` gives the first
   * ones back to the sink. A length in decimal digits needs it: peers read padding by zeros as octal
   * or refuse padding by spaces. All of them when left out.
   */
  headerBytesFor?(bodyBytes: number): number
  /** Bytes that `finish` adds behind the body. None when left out. */
  readonly trailerBytes?: number
  /**
   * The body has been written: fill in the header at head[at..at+headerBytes), add a trailer if there
   * is one. Throws `too-large` when the size does not fit the header.
   */
  finish(out: ByteSink, head: Uint8Array, at: number, bodyBytes: number): void
  decoder(limits: Limits): FrameDecoder
}
