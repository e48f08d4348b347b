// Binary values on their way in and out of codecs, whatever kind of view or buffer holds them.

/** bytes[start..end) as a plain Uint8Array: a copy when the memory is lent, otherwise a view of it. */
export function binaryAt(bytes: Uint8Array, start: number, end: number, lent: boolean): Uint8Array {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  return lent ? new Uint8Array(view) : view
}

/** The bytes of a view or of a whole buffer, not copied; undefined for anything else. */
export function binaryOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer) {
    return new Uint8Array(value)
  }
  return undefined
}
