// UTF-8 in and out. Short texts go character by character, which beats the way into native code;
// long ones go through Node's Buffer where there is one, else through TextEncoder and TextDecoder.
import { tooLarge } from '../errors.js'

// Node's Buffer methods work on any Uint8Array and, unlike the platform-neutral classes, take
// positions, so that no view is made for each text. They are undocumented: tried once, here.
interface NativeBuffer {
  byteLength(text: string): number
  readonly prototype: {
    utf8Slice(this: Uint8Array, start: number, end: number): string
    utf8Write(this: Uint8Array, text: string, at: number, length: number): number
  }
}

function nativeBuffer(): NativeBuffer | undefined {
  try {
    const native = (globalThis as { Buffer?: NativeBuffer }).Buffer
    if (!native) return undefined
    const trial = new Uint8Array(6)
    const written = native.prototype.utf8Write.call(trial, 'a\u00e9\ud800', 0, 6)
    const read = native.prototype.utf8Slice.call(trial, 0, 6)
    return written === 6 && read === 'a\u00e9\ufffd' ? native : undefined
  } catch {
    return undefined // Not Node's Buffer: the neutral classes do as well, only slower.
  }
}

const native = nativeBuffer()
const utf8Slice = native?.prototype.utf8Slice
const utf8Write = native?.prototype.utf8Write
const encoder = new TextEncoder()
// A byte order mark inside a value is a character like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Texts up to this many bytes are read by char codes: measured, above it native code is faster. */
const SHORT_READ = 15
/** Texts up to this many characters are written by char codes, for the same reason. */
export const SHORT_WRITE = 48

/** Bytes that `writeText` will write. A lone surrogate counts as U+FFFD. */
export function textBytes(text: string): number {
  const length = text.length
  if (length > SHORT_WRITE && native) return native.byteLength(text)
  let count = length
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) count++
    else {
      count += 2 // Three bytes for one character, or four for the two of a pair.
      if (isPair(text, i, code)) i++
    }
  }
  return count
}

/**
 * Writes `text` at bytes[at..], where there must be room for `size` bytes, its `textBytes`. Lone
 * surrogates, which have no UTF-8 form, are written as U+FFFD.
 */
export function writeText(bytes: Uint8Array, at: number, text: string, size: number): void {
  if (text.length > SHORT_WRITE) {
    if (utf8Write) utf8Write.call(bytes, text, at, size)
    else encoder.encodeInto(text, bytes.subarray(at, at + size))
    return
  }
  const length = text.length
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      bytes[at++] = code
      continue
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6)
    } else {
      if (code >= 0xd800 && code < 0xe000) {
        if (isPair(text, i, code)) {
          code = 0x10000 + ((code - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00)
        } else {
          code = 0xfffd
        }
      }
      if (code < 0x10000) {
        bytes[at++] = 0xe0 | (code >> 12)
      } else {
        bytes[at++] = 0xf0 | (code >> 18)
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (code & 0x3f)
  }
}

/**
 * Writes `text` at bytes[at..], where there must be room for as many bytes as it has characters, if all
 * of it is ASCII that JSON writes as it is. False: it is not, and what was written means nothing.
 * `view`: the same memory as `bytes`.
 */
export function writePlain(bytes: Uint8Array, view: DataView, at: number, text: string): boolean {
  const { length } = text
  const end = at + length
  const written = utf8Write
    ? utf8Write.call(bytes, text, at, length)
    : encoder.encodeInto(text, bytes.subarray(at, end)).written
  // A character that is not ASCII did not fit, or has bytes that show it.
  if (written < length) return false
  let i = at
  for (; i + 4 <= end; i += 4) if (hasSpecial(view.getInt32(i))) return false
  for (; i < end; i++) if (hasSpecial((bytes[i] as number) | BLANKS)) return false
  return true
}

const BLANKS = 0x20202000
const ONES = 0x01010101
const TOPS = 0x80808080 | 0

/** Whether one of four bytes is a control character, a quote, a backslash or not ASCII. */
function hasSpecial(four: number): boolean {
  const quote = four ^ 0x22222222
  const backslash = four ^ 0x5c5c5c5c
  // A byte below n borrows from its top bit; one with its top bit set has that already.
  return ((four | (four - 0x20202020) | (quote - ONES) | (backslash - ONES)) & TOPS) !== 0
}

/** Whether a high surrogate stands at `i` with a low one behind it. */
function isPair(text: string, i: number, code: number): boolean {
  if (code < 0xd800 || code >= 0xdc00) return false
  const next = text.charCodeAt(i + 1) // NaN past the end, which no comparison accepts.
  return next >= 0xdc00 && next < 0xe000
}

/** The text in bytes[start..start+length). What is not UTF-8 becomes U+FFFD. */
export function readText(bytes: Uint8Array, start: number, length: number): string {
  if (length <= SHORT_READ) {
    let all = 0
    for (let i = start; i < start + length; i++) all |= bytes[i] as number
    if (all < 0x80) return shortAscii(bytes, start, length)
  }
  return longText(bytes, start, start + length)
}

function longText(bytes: Uint8Array, start: number, end: number): string {
  try {
    if (utf8Slice) return utf8Slice.call(bytes, start, end)
    return decoder.decode(bytes.subarray(start, end))
  } catch (error) {
    throw tooLarge(`a text of ${end - start} bytes is more than this platform can hold`, {
      cause: error,
    })
  }
}

// One call with all codes at once makes the string in one go; adding up characters makes a rope.
function shortAscii(b: Uint8Array, s: number, length: number): string {
  const of = String.fromCharCode as (...codes: (number | undefined)[]) => string
  switch (length) {
    case 0:
      return ''
    case 1:
      return of(b[s])
    case 2:
      return of(b[s], b[s + 1])
    case 3:
      return of(b[s], b[s + 1], b[s + 2])
    case 4:
      return of(b[s], b[s + 1], b[s + 2], b[s + 3])
    case 5:
      return of(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4])
    case 6:
      return of(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5])
    case 7:
      return of(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5], b[s + 6])
  }
  const c0 = b[s]
  const c1 = b[s + 1]
  const c2 = b[s + 2]
  const c3 = b[s + 3]
  const c4 = b[s + 4]
  const c5 = b[s + 5]
  const c6 = b[s + 6]
  const c7 = b[s + 7]
  switch (length) {
    case 8:
      return of(c0, c1, c2, c3, c4, c5, c6, c7)
    case 9:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, b[s + 8])
    case 10:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, b[s + 8], b[s + 9])
    case 11:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, b[s + 8], b[s + 9], b[s + 10])
    case 12:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, b[s + 8], b[s + 9], b[s + 10], b[s + 11])
  }
  const c8 = b[s + 8]
  const c9 = b[s + 9]
  const c10 = b[s + 10]
  const c11 = b[s + 11]
  const c12 = b[s + 12]
  switch (length) {
    case 13:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12)
    case 14:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, b[s + 13])
    default:
      return of(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, b[s + 13], b[s + 14])
  }
}
