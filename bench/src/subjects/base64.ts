// Bytes as text, for subjects whose messages are JSON.

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

export function fromBase64(text: unknown): Uint8Array {
  return Buffer.from(String(text), 'base64')
}
