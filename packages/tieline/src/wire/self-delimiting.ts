// A codec whose values say themselves where they end, back to back on a byte channel. Values are read
// in place; one that a chunk border cuts is gathered, in work that is linear in its length.
import { INCOMPLETE, type Scanner, type SelfDelimitingCodec } from '../codec/codec.js'
import { malformed, tooLarge } from '../errors.js'
import { LARGE_BYTES, landedIn, NOTHING, roomFor } from '../framing/memory.js'
import type { Limits } from '../limits.js'
import { checkIncoming, checkOutgoing } from './sizes.js'
import type { Wire, WireDecoder } from './wire.js'

// 256: small calls are whole after one step, and a long value does not bring a scan for each of its bytes.
const SMALLEST_STEP = 256

/** `selfDelimiting(messagePack())`, as MessagePack-RPC has it. The limit `frameBytes` counts one value. */
export function selfDelimiting<W>(codec: SelfDelimitingCodec<W>): Wire<W> {
  return {
    unit: 'bytes',
    encode(value, out, limits) {
      const before = out.length
      codec.encode(value, out)
      checkOutgoing(out.length - before, limits)
    },
    decoder: (limits) => new SelfDelimitingDecoder(codec, limits),
  }
}

class SelfDelimitingDecoder<W> implements WireDecoder<W> {
  readonly #codec: SelfDelimitingCodec<W>
  readonly #limits: Limits
  readonly #scanner: Scanner
  readonly #end = { at: 0 }
  // The beginning of a value that a chunk border cut.
  #held: Uint8Array = NOTHING
  #filled = 0

  constructor(codec: SelfDelimitingCodec<W>, limits: Limits) {
    this.#codec = codec
    this.#limits = limits
    this.#scanner = codec.scanner(limits)
  }

  get pending(): number {
    return this.#filled
  }

  get fresh(): boolean {
    return this.#filled === 0
  }

  push(chunk: Uint8Array, emit: (value: W, bytes: number) => void): void {
    const codec = this.#codec
    const limits = this.#limits
    const end = this.#end
    const length = chunk.length
    let at = this.#filled === 0 ? 0 : this.#resume(chunk, emit)
    while (at < length) {
      const value = codec.decodePrefix(chunk, at, length, true, limits, end)
      if (value === INCOMPLETE) {
        this.#begin(chunk, at)
        return
      }
      const bytes = end.at - at
      checkIncoming(bytes, limits)
      at = end.at
      emit(value, bytes)
    }
  }

  room(): Uint8Array | undefined {
    const missing = this.#scanner.atLeast - this.#filled
    if (this.#filled === 0 || missing < LARGE_BYTES) return undefined
    this.#grow(this.#scanner.atLeast)
    // Not past what the value surely has, so that whatever is read there belongs to it.
    return this.#held.subarray(this.#filled, this.#scanner.atLeast)
  }

  end(): void {
    if (this.#filled > 0) {
      throw malformed(`the channel ended inside a value, after ${this.#filled} bytes`)
    }
  }

  /** Keeps chunk[at..), which decodePrefix found to be cut. */
  #begin(chunk: Uint8Array, at: number): void {
    const count = chunk.length - at
    this.#scanner.reset()
    // Scanned where it lies, so that the buffer has the right size from the first.
    this.#scanner.scan(chunk, at, chunk.length)
    this.#checkUnfinished(count)
    this.#grow(Math.max(count, this.#scanner.atLeast))
    this.#held.set(at === 0 ? chunk : chunk.subarray(at))
    this.#filled = count
  }

  /** Goes on with the value that was cut. Returns where in the chunk the next one begins. */
  #resume(chunk: Uint8Array, emit: (value: W, bytes: number) => void): number {
    const scanner = this.#scanner
    let at = 0
    while (at < chunk.length) {
      at += this.#gather(chunk, at)
      const bytes = scanner.scan(this.#held, 0, this.#filled)
      if (bytes > 0) {
        // A step may have gone past the value. What is too much came from this chunk, and is read there.
        at -= this.#filled - bytes
        this.#complete(bytes, emit)
        return at
      }
      this.#checkUnfinished(this.#filled)
    }
    return at
  }

  /** Takes a step of the chunk: all that is surely missing, or as much again as there is. */
  #gather(chunk: Uint8Array, at: number): number {
    if (landedIn(this.#held, this.#filled, chunk)) {
      this.#filled += chunk.length
      return chunk.length
    }
    const missing = this.#scanner.atLeast - this.#filled
    const count = Math.min(chunk.length - at, Math.max(missing, this.#filled, SMALLEST_STEP))
    this.#grow(Math.max(this.#filled + count, this.#scanner.atLeast))
    this.#held.set(count === chunk.length ? chunk : chunk.subarray(at, at + count), this.#filled)
    this.#filled += count
    return count
  }

  #grow(needed: number): void {
    this.#held = roomFor(this.#held, this.#filled, needed, this.#limits.frameBytes)
  }

  #complete(bytes: number, emit: (value: W, bytes: number) => void): void {
    checkIncoming(bytes, this.#limits)
    const held = this.#held
    const lent = held.length <= LARGE_BYTES
    // A large buffer goes away with its value, which may hold views of it.
    if (!lent) this.#held = NOTHING
    this.#filled = 0
    emit(this.#codec.decode(held, 0, bytes, lent, this.#limits), bytes)
  }

  /** Refuses a value that is not complete and, as far as its headers tell, past the limit. */
  #checkUnfinished(filled: number): void {
    const bytes = Math.max(this.#scanner.atLeast, filled + 1)
    if (bytes > this.#limits.frameBytes) {
      throw tooLarge(
        `a value of at least ${bytes} bytes was announced; the limit frameBytes is ${this.#limits.frameBytes}`,
      )
    }
  }
}
