// A framer and a codec together: one value in each frame of a byte channel.
import type { Codec } from '../codec/codec.js'
import type { FrameDecoder, Framer, TakeFrame } from '../framing/framer.js'
import type { Limits } from '../limits.js'
import { checkOutgoing } from './sizes.js'
import type { Wire, WireDecoder } from './wire.js'

/**
 * `framed(lengthPrefix(), messagePack())`. The bytes told with a value are those of its frame as this
 * framer writes it: header, body and trailer.
 */
export function framed<W>(framer: Framer, codec: Codec<W>): Wire<W> {
  const size = frameSize(framer)
  return {
    unit: 'bytes',
    encode(value, out, limits) {
      out.room(framer.headerBytes)
      const head = out.bytes
      const at = out.position
      out.position = at + framer.headerBytes
      const before = out.length
      codec.encode(value, out)
      const bodyBytes = out.length - before
      checkOutgoing(bodyBytes, limits)
      framer.finish(out, head, at, bodyBytes)
    },
    decoder: (limits) => new FramedDecoder(framer.decoder(limits), codec, limits, size),
  }
}

class FramedDecoder<W> implements WireDecoder<W> {
  readonly #frames: FrameDecoder
  readonly #take: TakeFrame
  #emit: (value: W, bytes: number) => void = unheard

  /** `size`: the bytes of a whole frame by those of its body. */
  constructor(
    frames: FrameDecoder,
    codec: Codec<W>,
    limits: Limits,
    size: (bodyBytes: number) => number,
  ) {
    this.#frames = frames
    this.#take = (bytes, start, end, lent) => {
      this.#emit(codec.decode(bytes, start, end, lent, limits), size(end - start))
    }
  }

  get pending(): number {
    return this.#frames.pending
  }

  get fresh(): boolean {
    return this.#frames.fresh === true
  }

  push(chunk: Uint8Array, emit: (value: W, bytes: number) => void): void {
    this.#emit = emit
    this.#frames.push(chunk, this.#take)
  }

  room(): Uint8Array | undefined {
    return this.#frames.room()
  }

  end(): void {
    this.#frames.end()
  }
}

/** Tells the bytes of a whole frame by those of its body. */
function frameSize(framer: Framer): (bodyBytes: number) => number {
  const { headerBytes, trailerBytes = 0 } = framer
  const header = framer.headerBytesFor?.bind(framer)
  if (header) return (bodyBytes) => header(bodyBytes) + bodyBytes + trailerBytes
  const around = headerBytes + trailerBytes
  return (bodyBytes) => around + bodyBytes
}

// Before the first push there is no one to tell, and nothing to tell.
function unheard(): void {}
