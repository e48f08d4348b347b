// One value as bytes of its own: for messages that hold an encoded value as a binary one.
import { ByteSink, joined } from '../bytes.js'
import type { Codec } from './codec.js'

/** The value's bytes, which are the caller's. Throws `invalid-argument` as the codec does. */
export function encoded<W>(codec: Pick<Codec<W>, 'encode'>, value: W): Uint8Array {
  const sink = new ByteSink()
  try {
    codec.encode(value, sink)
    const taken = sink.take() ?? []
    // The slab is lent: what is in it has to be copied.
    return joined(taken instanceof Uint8Array ? [taken] : taken)
  } finally {
    sink.take()
    sink.release()
  }
}
