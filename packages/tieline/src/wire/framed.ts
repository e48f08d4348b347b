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
  const around = framer.headerBytes + (framer.trailerBytes ?? 0)
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
    decoder: (limits) => new FramedDecoder(framer.decoder(limits), codec, around, limits),
  }
}

class FramedDecoder<W> implements WireDecoder<W> {
  readonly #frames: FrameDecoder
  readonly #take: TakeFrame
  #emit: (value: W, bytes: number) => void = unheard

  constructor(frames: FrameDecoder, codec: Codec<W>, around: number, limits: Limits) {
    this.#frames = frames
    this.#take = (bytes, start, end, lent) => {
      this.#emit(codec.decode(bytes, start, end, lent, limits), around + end - start)
    }
  }

  get pending(): number {
    return this.#frames.pending
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

// Before the first push there is no one to tell, and nothing to tell.
function unheard(): void {}
