// Values behind a length of four bytes, big endian, as the native protocol has them on byte channels.
import type { Codec } from '../codec/codec.js'
import { lengthPrefix } from '../framing/length-prefix.js'
import { framed } from './framed.js'
import type { Wire } from './wire.js'

/** `framed(lengthPrefix(), codec)`. In a page, behind-length-browser.ts stands here. */
export function behindLength<W>(codec: Codec<W>): Wire<W> {
  return framed(lengthPrefix(), codec)
}
