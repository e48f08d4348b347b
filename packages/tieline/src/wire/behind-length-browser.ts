// What behind-length.ts is in a page: bundlers take this file in its place (`browser` in package.json). A
// page's channels are WebSockets, which need no frames; the few others have them in the shortest form,
// which copies each frame once.
import type { Codec } from '../codec/codec.js'
import { malformed, tooLarge } from '../errors.js'
import { checkBody, emptyFrame } from '../framing/empty-body.js'
import { LARGE_BYTES, NOTHING, roomFor } from '../framing/memory.js'
import type { Limits } from '../limits.js'
import { checkOutgoing } from './sizes.js'
import type { Wire, WireDecoder } from './wire.js'

const HEADER = 4

/** Frames of a length of four bytes, big endian, and one value. */
export function behindLength<W>(codec: Codec<W>): Wire<W> {
  return {
    unit: 'bytes',
    encode(value, out, limits) {
      out.room(HEADER)
      const { view, position } = out
      out.position += HEADER
      const before = out.length
      codec.encode(value, out)
      const bytes = out.length - before
      checkOutgoing(bytes, limits)
      checkBody(bytes, 'refuse')
      view.setUint32(position, bytes)
    },
    decoder: (limits) => new Decoder(codec, limits),
  }
}

class Decoder<W> implements WireDecoder<W> {
  readonly #codec: Codec<W>
  readonly #limits: Limits
  // What comes, header included. It grows with what is there of it, not with what was promised.
  #frame: Uint8Array = NOTHING
  #size = HEADER
  pending = 0

  constructor(codec: Codec<W>, limits: Limits) {
    this.#codec = codec
    this.#limits = limits
  }

  push(chunk: Uint8Array, emit: (value: W, bytes: number) => void): void {
    let at = 0
    while (at < chunk.length) {
      const size = this.#size
      const count = Math.min(size - this.pending, chunk.length - at)
      this.#frame = roomFor(this.#frame, this.pending, this.pending + count, size)
      this.#frame.set(chunk.subarray(at, at + count), this.pending)
      this.pending += count
      at += count
      if (this.pending < size) return
      if (size === HEADER) {
        this.#size += this.#announced()
        continue
      }
      const frame = this.#frame
      // So much a connection may keep for good.
      if (size > LARGE_BYTES) this.#frame = NOTHING
      this.#size = HEADER
      this.pending = 0
      emit(this.#codec.decode(frame, HEADER, size, true, this.#limits), size)
    }
  }

  end(): void {
    const { pending } = this
    if (pending === 0) return
    const [where, there, size] =
      this.#size === HEADER
        ? ["a frame's header", pending, HEADER]
        : ['a frame', pending - HEADER, this.#size - HEADER]
    throw malformed(`the channel ended inside ${where}, after ${there} of ${size} bytes`)
  }

  #announced(): number {
    const { buffer, byteOffset } = this.#frame
    const size = new DataView(buffer, byteOffset).getUint32(0)
    const { frameBytes } = this.#limits
    if (size > frameBytes) {
      throw tooLarge(
        `a frame of ${size} bytes was announced; the limit frameBytes is ${frameBytes}`,
      )
    }
    if (size === 0) throw emptyFrame()
    return size
  }
}
