// The original's wire and dialect as one protocol: a little-endian length of four bytes, then JSON.
import { raw } from 'tieline/codec'
import type { Protocol } from 'tieline/dialect'
import { lengthPrefix } from 'tieline/framing'
import { framed } from 'tieline/wire'
import { BunctlDialect } from './dialect.js'

/** Bytes of one message on this wire: 10 MiB. For `limits` of serve and connect. */
export const MESSAGE_BYTES = 10 * 1024 * 1024

/**
 * The protocol of the original daemon and its CLI. A frame that is whole and cannot be read is
 * answered with an error, and the connection goes on: so frames are bytes here, and the dialect reads
 * them. Degrades: no streams but the one subscription, no deadlines, no versions, no ping; a cancel
 * of anything else leaves its reply to be dropped.
 */
export function bunctl(): Protocol {
  return {
    name: 'bunctl',
    params: 'value',
    wire: framed(lengthPrefix({ endian: 'little', emptyBody: 'take' }), raw()),
    dialect: () => new BunctlDialect(),
    recognises,
  }
}

/** Tieline's own first frame is a MessagePack array behind a big-endian length: no text begins so. */
const TEXT_BELOW = 0x80

function recognises(head: Uint8Array): boolean | undefined {
  if (head.length < 4) return undefined
  // An empty frame, which native has not either.
  if ((head[0] as number) + (head[1] as number) + (head[2] as number) + (head[3] as number) === 0) {
    return true
  }
  if (head.length < 5) return undefined
  return (head[4] as number) < TEXT_BELOW
}
