// Frames behind header lines, as the base protocol of language servers has them: `Content-Length: N`,
// perhaps more headers, an empty line, and then N bytes.
import { indexOf } from '../bytes.js'
import { malformed, tooLarge } from '../errors.js'
import type { Limits } from '../limits.js'
import { CutBody } from './cut-body.js'
import { checkBody, type EmptyBody, emptyFrame } from './empty-body.js'
import type { FrameDecoder, Framer, TakeFrame } from './framer.js'
import { NOTHING, roomFor } from './memory.js'

/** What `contentLength` takes. */
export interface ContentLengthOptions {
  /** Default 'refuse'. */
  emptyBody?: EmptyBody
}

/** All header lines of one frame together. 4 KiB: two headers take 100 bytes, and nobody sends cookies. */
export const HEADER_LIMIT_BYTES = 4096
/** Digits of a length, both ways: 9 GB, and far from where numbers lose their last digit. */
const MOST_DIGITS = 10

const LINE_FEED = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const NAME = ascii('content-length')
const BEFORE = ascii('Content-Length: ')
const BEHIND = ascii('\r\n\r\n')

/**
 * Frames of [Content-Length: N CR LF CR LF][body]. Written with that one header and no padding, as
 * some peers read leading zeros as octal and others take no spaces. Read with names in any case and
 * with headers besides, which are passed over. A length that is missing, is told twice or is not a
 * plain number is `malformed`, as is a line without a colon or without its carriage return. Headers
 * of more than HEADER_LIMIT_BYTES are `too-large`.
 */
export function contentLength(options: ContentLengthOptions = {}): Framer {
  const emptyBody = options.emptyBody ?? 'refuse'
  const most = BEFORE.length + MOST_DIGITS + BEHIND.length
  const headerBytesFor = (bodyBytes: number) => BEFORE.length + digitsOf(bodyBytes) + BEHIND.length
  return {
    headerBytes: most,
    headerBytesFor,
    finish(out, head, at, bodyBytes) {
      checkBody(bodyBytes, emptyBody)
      if (digitsOf(bodyBytes) > MOST_DIGITS) {
        throw tooLarge(
          `a frame of ${bodyBytes} bytes has a length of more than ${MOST_DIGITS} digits`,
        )
      }
      writeHeader(head, at + most, bodyBytes)
      out.giveBack(head, at, most - headerBytesFor(bodyBytes))
    },
    decoder: (limits) => new ContentLengthDecoder(limits, emptyBody),
  }
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function digitsOf(value: number): number {
  let digits = 1
  for (let power = 10; power <= value; power *= 10) digits++
  return digits
}

/** Writes the header so that it ends where the body begins. */
function writeHeader(head: Uint8Array, end: number, bodyBytes: number): void {
  let at = end - BEHIND.length
  head.set(BEHIND, at)
  let left = bodyBytes
  do {
    const rest = Math.floor(left / 10)
    head[--at] = ZERO + left - rest * 10
    left = rest
  } while (left > 0)
  head.set(BEFORE, at - BEFORE.length)
}

/** Whether bytes[start..end) is the name of the length's header, in any case. */
function isLengthName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== NAME.length) return false
  for (let i = 0; i < NAME.length; i++) {
    const byte = bytes[start + i] as number
    const lower = byte >= UPPER_A && byte <= UPPER_Z ? byte | 0x20 : byte
    if (lower !== NAME[i]) return false
  }
  return true
}

/** The number in bytes[start..end), which may have blanks around it; -1 when that is no number. */
function readNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let stop = end
  while (at < stop && isBlank(bytes[at])) at++
  while (stop > at && isBlank(bytes[stop - 1])) stop--
  if (at === stop) return -1
  let value = 0
  for (; at < stop; at++) {
    const digit = bytes[at] as number
    if (digit < ZERO || digit > NINE) return -1
    // Past what can be counted it stays past every limit.
    value = value * 10 + digit - ZERO
  }
  return value
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}

class ContentLengthDecoder implements FrameDecoder {
  readonly #limit: number
  readonly #emptyBody: EmptyBody
  // The header being read: bytes of it so far, the length it told, and a line that a border cut.
  #headerBytes = 0
  #length = -1
  #line: Uint8Array = NOTHING
  #lineFilled = 0
  readonly #body = new CutBody()
  /** Whether a body was begun: its header is read. */
  #inBody = false

  constructor(limits: Limits, emptyBody: EmptyBody) {
    this.#limit = limits.frameBytes
    this.#emptyBody = emptyBody
  }

  get pending(): number {
    return this.#headerBytes + this.#body.filled
  }

  push(chunk: Uint8Array, take: TakeFrame): void {
    let at = this.#inBody ? this.#resumeBody(chunk, take) : 0
    while (at < chunk.length) {
      const stop = indexOf(chunk, LINE_FEED, at)
      if (stop === -1) {
        this.#hold(chunk, at, chunk.length)
        return
      }
      this.#count(stop + 1 - at)
      const endsHeader =
        this.#lineFilled > 0 ? this.#heldLine(chunk, at, stop) : this.#readLine(chunk, at, stop)
      at = stop + 1
      if (!endsHeader) continue
      const size = this.#length
      this.#length = -1
      if (size > chunk.length - at) {
        this.#inBody = true
        this.#body.begin(chunk, at, size)
        return
      }
      this.#headerBytes = 0
      at += size
      if (size > 0 || this.#takesEmpty()) take(chunk, at - size, at, true)
    }
  }

  room(): Uint8Array | undefined {
    return this.#inBody ? this.#body.room() : undefined
  }

  end(): void {
    if (this.#inBody) throw this.#body.cutShort()
    if (this.#headerBytes > 0) {
      throw malformed(`the channel ended inside a frame's header, after ${this.#headerBytes} bytes`)
    }
  }

  #resumeBody(chunk: Uint8Array, take: TakeFrame): number {
    const body = this.#body
    const count = body.add(chunk)
    if (body.complete) {
      this.#inBody = false
      this.#headerBytes = 0
      body.give(take)
    }
    return count
  }

  #count(bytes: number): void {
    this.#headerBytes += bytes
    if (this.#headerBytes > HEADER_LIMIT_BYTES) {
      throw tooLarge(
        `a frame's header has no end after ${HEADER_LIMIT_BYTES} bytes, which is its limit`,
      )
    }
  }

  /** Keeps chunk[at..end) of a line that is not complete. None of it is a line feed: it is not searched again. */
  #hold(chunk: Uint8Array, at: number, end: number): void {
    this.#count(end - at)
    const filled = this.#lineFilled + end - at
    this.#line = roomFor(this.#line, this.#lineFilled, filled, HEADER_LIMIT_BYTES)
    this.#line.set(chunk.subarray(at, end), this.#lineFilled)
    this.#lineFilled = filled
  }

  #heldLine(chunk: Uint8Array, at: number, stop: number): boolean {
    const filled = this.#lineFilled + stop - at
    this.#line = roomFor(this.#line, this.#lineFilled, filled, HEADER_LIMIT_BYTES)
    this.#line.set(chunk.subarray(at, stop), this.#lineFilled)
    this.#lineFilled = 0
    return this.#readLine(this.#line, 0, filled)
  }

  /** Reads the line bytes[start..stop), without its line feed. True for the empty line that ends a header. */
  #readLine(bytes: Uint8Array, start: number, stop: number): boolean {
    const end = stop - 1
    if (end < start || bytes[end] !== RETURN) {
      throw malformed("a line of a frame's header does not end with CR LF")
    }
    if (end === start) {
      if (this.#length >= 0) return true
      throw malformed("a frame's header has no Content-Length")
    }
    let colon = start
    while (colon < end && bytes[colon] !== COLON) colon++
    if (colon === end || colon === start) {
      throw malformed("a line of a frame's header is not of the form `name: value`")
    }
    if (isLengthName(bytes, start, colon)) this.#readLength(bytes, colon + 1, end)
    return false
  }

  #readLength(bytes: Uint8Array, start: number, end: number): void {
    if (this.#length >= 0) throw malformed("a frame's header tells Content-Length twice")
    const length = readNumber(bytes, start, end)
    if (length < 0) throw malformed("a frame's Content-Length is not a number of bytes")
    if (length > this.#limit) {
      throw tooLarge(
        `a frame of ${length} bytes was announced; the limit frameBytes is ${this.#limit}`,
      )
    }
    this.#length = length
  }

  #takesEmpty(): boolean {
    if (this.#emptyBody === 'refuse') throw emptyFrame()
    return this.#emptyBody === 'take'
  }
}
