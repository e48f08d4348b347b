// What a splice message holds in its binary fields: one value each, in MessagePack.
import type { Limits } from 'tieline'
import { encoded, messagePack } from 'tieline/codec'

const codec = messagePack()

export function bytesOf(value: unknown): Uint8Array {
  return encoded(codec, value ?? null)
}

/** Throws `malformed` or `too-large`. */
export function valueIn(bytes: Uint8Array, limits: Limits): unknown {
  return codec.decode(bytes, 0, bytes.length, true, limits)
}
