// What text.ts is in a page: bundlers take this file in its place (`browser` in package.json). Short texts
// of ASCII go character by character, all others through the platform's own UTF-8.
import { tooLarge } from '../errors.js'

const encoder = new TextEncoder()
// A byte order mark inside a value is a character like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Texts up to this many characters are short. */
export const SHORT_WRITE = 48

/** Bytes that `writeText` will write. A lone surrogate counts as U+FFFD. */
export function textBytes(text: string): number {
  const { length } = text
  let all = length > SHORT_WRITE ? 0x80 : 0
  for (let i = 0; i < length && all < 0x80; i++) all |= text.charCodeAt(i)
  return all < 0x80 ? length : encoder.encode(text).length
}

/** Writes `text` at bytes[at..], where there must be room for `size` bytes, its `textBytes`. */
export function writeText(bytes: Uint8Array, at: number, text: string, size: number): void {
  if (size > SHORT_WRITE || size > text.length) {
    encoder.encodeInto(text, bytes.subarray(at, at + size))
  } else {
    for (let i = 0; i < size; i++) bytes[at + i] = text.charCodeAt(i)
  }
}

/** In a page the platform's own JSON text will do: see text.ts. */
export const writePlain: (bytes: Uint8Array, view: DataView, at: number, text: string) => boolean =
  () => false

/** The text in bytes[start..start+length). What is not UTF-8 becomes U+FFFD. */
export function readText(bytes: Uint8Array, start: number, length: number): string {
  const end = start + length
  if (length <= SHORT_WRITE) {
    let text = ''
    let at = start
    while (at < end && (bytes[at] as number) < 0x80)
      text += String.fromCharCode(bytes[at++] as number)
    if (at === end) return text
  }
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch (error) {
    throw tooLarge(`a text of ${length} bytes is more than this platform can hold`, {
      cause: error,
    })
  }
}
