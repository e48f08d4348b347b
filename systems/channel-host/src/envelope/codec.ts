// The envelopes as a codec and a wire of the toolkit: size-prefixed FlatBuffers on a byte channel.
import type { Limits } from 'tieline'
import type { Codec } from 'tieline/codec'
import { lengthPrefix } from 'tieline/framing'
import { framed, type Wire } from 'tieline/wire'
import { ENVELOPE_BYTES } from './content.js'
import type { Message } from './messages.js'
import { readEnvelope } from './read.js'
import { TEXT_BYTES } from './verify.js'
import { writeEnvelope } from './write.js'

export function envelopes(): Codec<Message> {
  return {
    encode: writeEnvelope,
    decode: (bytes, start, end, lent) => readEnvelope(bytes, start, end, lent),
  }
}

/** The length in front is little endian, as FlatBuffers' own size prefix. */
export function agentWire(): Wire<Message> {
  return framed(lengthPrefix({ endian: 'little' }), envelopes())
}

/** Texts in one message, and room for its tables. */
const TEXTS = 5

/** Limits of the wire, where messages of clients may be as long as `limits` say. */
export function wireLimits(limits: Limits): Limits {
  const plain = TEXTS * TEXT_BYTES
  return { ...limits, frameBytes: Math.max(limits.frameBytes + ENVELOPE_BYTES, plain) }
}
