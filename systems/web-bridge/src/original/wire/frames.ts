// The original's frames: a big-endian length of four bytes, then one message. And how large they may be.
import { lengthPrefix } from 'tieline/framing'
import { framed, type Wire } from 'tieline/wire'
import { eitherCodec } from './codec.js'

/**
 * Bytes of one frame unless told. A body is one text within a frame, and the original's largest is
 * 16 MiB by its own setting: 1 MiB is for the head around it.
 */
export const FRAME_BYTES = 17 * 1024 * 1024

/** What the original itself takes at most: the highest that is worth setting. */
export const LARGEST_FRAME_BYTES = 100 * 1024 * 1024

/** The wire of one connection: it remembers which encoding the other side writes. */
export function originalWire(first?: 'messagepack' | 'json'): Wire<unknown> {
  return framed(lengthPrefix(), eitherCodec(first))
}
