// Bytes as the original puts them into texts: base64 with padding, and nothing else in between.
import { Buffer } from 'node:buffer'
import { malformed } from './fields.js'

/** Throws `malformed` for what is no base64: the original would take it for the bytes themselves. */
export function bytesOfBase64(text: string, what: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = Buffer.from(text, 'base64')
  // Node passes over what does not belong there, and then there are fewer bytes than the text promises.
  if (text.length % 4 !== 0 || bytes.length !== (text.length / 4) * 3 - padding) {
    throw malformed(`${what} must be base64`)
  }
  return bytes
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
