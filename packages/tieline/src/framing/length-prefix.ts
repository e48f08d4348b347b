// Frames behind a length of 1, 2 or 4 bytes. What lies whole in a chunk is handed over in place; what
// a chunk border cuts is completed alone, and a large frame in the memory where it will stay.
import { malformed, TielineError, tooLarge } from '../errors.js'
import type { Limits } from '../limits.js'
import { CutBody } from './cut-body.js'
import { checkBody, type EmptyBody, emptyFrame } from './empty-body.js'
import type { FrameDecoder, Framer, TakeFrame } from './framer.js'
import { NOTHING } from './memory.js'

/** What `lengthPrefix` takes. */
export interface LengthPrefixOptions {
  /** Bytes of the length. Default 4. */
  bytes?: 1 | 2 | 4
  /** Default 'big'. */
  endian?: 'big' | 'little'
  /**
   * How many bytes of the body the length does not count: the number on the wire is the body's length
   * minus this. 1: a type byte heads the body and is not counted. Negative: the length counts as many
   * bytes more than the body; -4: it counts itself. Default 0.
   */
  excludes?: number
  /** Default 'refuse'. */
  emptyBody?: EmptyBody
}

interface Form {
  readonly bytes: 1 | 2 | 4
  readonly big: boolean
  readonly excludes: number
  readonly emptyBody: EmptyBody
}

/**
 * Frames of [length][body]. `lengthPrefix()` is four bytes, big endian.
 * Throws `invalid-argument` for an `excludes` that is not a whole number.
 */
export function lengthPrefix(options: LengthPrefixOptions = {}): Framer {
  const form: Form = {
    bytes: options.bytes ?? 4,
    big: options.endian !== 'little',
    excludes: options.excludes ?? 0,
    emptyBody: options.emptyBody ?? 'refuse',
  }
  if (!Number.isInteger(form.excludes)) {
    throw new TielineError(
      'invalid-argument',
      `excludes must be a whole number of bytes, not ${form.excludes}`,
    )
  }
  const largest = 2 ** (8 * form.bytes) - 1
  return {
    headerBytes: form.bytes,
    finish(_out, head, at, bodyBytes) {
      checkBody(bodyBytes, form.emptyBody)
      const length = bodyBytes - form.excludes
      if (length < 0) {
        throw new TielineError(
          'invalid-argument',
          `a body of ${bodyBytes} bytes is shorter than the ${form.excludes} that its length does not count`,
        )
      }
      if (length > largest) {
        throw tooLarge(
          `a frame of ${bodyBytes} bytes does not fit its length prefix of ${form.bytes} bytes (at most ${largest + form.excludes})`,
        )
      }
      writeLength(form, length, head, at)
    },
    decoder: (limits) => new LengthPrefixDecoder(form, limits),
  }
}

function writeLength({ bytes, big }: Form, length: number, head: Uint8Array, at: number): void {
  for (let i = 0; i < bytes; i++) {
    head[at + (big ? bytes - 1 - i : i)] = length >>> (8 * i)
  }
}

function readLength({ bytes, big }: Form, b: Uint8Array, at: number): number {
  const first = b[at] as number
  if (bytes === 1) return first
  const second = b[at + 1] as number
  if (bytes === 2) return big ? (first << 8) | second : (second << 8) | first
  const third = b[at + 2] as number
  const fourth = b[at + 3] as number
  const length = big
    ? (first << 24) | (second << 16) | (third << 8) | fourth
    : (fourth << 24) | (third << 16) | (second << 8) | first
  return length >>> 0
}

/** The usual reasons for an absurd length: text, of another protocol or printed to the same stream. */
function textHint(bytes: Uint8Array, at: number, count: number): string {
  if (count < 4) return ''
  let text = ''
  for (let i = at; i < at + count; i++) {
    const byte = bytes[i] as number
    if (byte < 0x20 || byte > 0x7e) return ''
    text += String.fromCharCode(byte)
  }
  return `; read as text it is ${JSON.stringify(text)}: another protocol, or does the other side print to this stream?`
}

class LengthPrefixDecoder implements FrameDecoder {
  readonly #form: Form
  readonly #limit: number
  // The frame that a chunk border cut: bytes of its header held, then what is there of its body. Made
  // when it first happens: most connections carry small frames, and few of those are cut.
  #header = NOTHING
  #headerFilled = 0
  #body: CutBody | undefined

  constructor(form: Form, limits: Limits) {
    this.#form = form
    this.#limit = limits.frameBytes
  }

  get pending(): number {
    return this.#headerFilled + (this.#body?.filled ?? 0)
  }

  get fresh(): boolean {
    return this.#headerFilled === 0
  }

  push(chunk: Uint8Array, take: TakeFrame): void {
    const length = chunk.length
    let at = this.#headerFilled === 0 ? 0 : this.#resume(chunk, take)
    const headerBytes = this.#form.bytes
    while (at + headerBytes <= length) {
      const size = this.#sizeAt(chunk, at)
      const start = at + headerBytes
      at = start + size
      if (at > length) {
        this.#begin(chunk, start, size)
        return
      }
      if (size > 0 || this.#takesEmpty()) take(chunk, start, at, true)
    }
    if (at < length) this.#keepHeader(chunk, at, length)
  }

  room(): Uint8Array | undefined {
    return this.#body?.room()
  }

  end(): void {
    if (this.#headerFilled === 0) return
    const { bytes } = this.#form
    if (this.#body !== undefined && this.#headerFilled === bytes) throw this.#body.cutShort()
    throw malformed(
      `the channel ended inside a frame's header, after ${this.#headerFilled} of ${bytes} bytes`,
    )
  }

  /** The size of the body whose header is at `at`. Nothing has been allocated for it yet. */
  #sizeAt(bytes: Uint8Array, at: number): number {
    const form = this.#form
    const size = readLength(form, bytes, at) + form.excludes
    if (size > this.#limit) {
      throw tooLarge(
        `a frame of ${size} bytes was announced; the limit frameBytes is ${this.#limit}${textHint(bytes, at, form.bytes)}`,
      )
    }
    if (size < 0) {
      throw malformed(
        `a frame's length of ${size - form.excludes} is less than the ${-form.excludes} bytes that it counts besides the body`,
      )
    }
    return size
  }

  #takesEmpty(): boolean {
    if (this.#form.emptyBody === 'refuse') throw emptyFrame()
    return this.#form.emptyBody === 'take'
  }

  /** Goes on with the frame that was cut. Returns where in the chunk the next one begins. */
  #resume(chunk: Uint8Array, take: TakeFrame): number {
    const body = this.#body
    if (body === undefined || this.#headerFilled < this.#form.bytes) {
      return this.#resumeHeader(chunk, take)
    }
    const count = body.add(chunk)
    if (body.complete) {
      this.#headerFilled = 0
      body.give(take)
    }
    return count
  }

  #resumeHeader(chunk: Uint8Array, take: TakeFrame): number {
    const headerBytes = this.#form.bytes
    const at = Math.min(headerBytes - this.#headerFilled, chunk.length)
    this.#keepHeader(chunk, 0, at)
    if (this.#headerFilled < headerBytes) return at
    const size = this.#sizeAt(this.#header, 0)
    if (at + size > chunk.length) {
      this.#begin(chunk, at, size)
      return chunk.length
    }
    this.#headerFilled = 0
    if (size > 0 || this.#takesEmpty()) take(chunk, at, at + size, true)
    return at + size
  }

  /** Keeps the part of a body that is there. */
  #begin(chunk: Uint8Array, start: number, size: number): void {
    this.#headerFilled = this.#form.bytes
    this.#body ??= new CutBody()
    this.#body.begin(chunk, start, size)
  }

  #keepHeader(chunk: Uint8Array, from: number, to: number): void {
    if (this.#header === NOTHING) this.#header = new Uint8Array(this.#form.bytes)
    for (let at = from; at < to; at++) {
      this.#header[this.#headerFilled++] = chunk[at] as number
    }
  }
}
