// The original's encoding: a frame that begins with `{` is JSON, any other is MessagePack. One side may
// change between them from frame to frame, so each codec belongs to one connection.
import { type Codec, json, messagePack } from 'tieline/codec'

// Shared by all connections, as the original's server makes one for each request: they keep nothing
// between values but a table of the names of keys.
const asJson = json()
const asMessagePack = messagePack()

/** `{`, which no MessagePack map with string keys begins with. */
const OPENING_BRACE = 0x7b

/**
 * Reads either encoding and writes in what was read last, so that everybody is answered in what he
 * speaks. Until something was read it writes `first`: MessagePack unless told, as the original does.
 */
export function eitherCodec(first: 'messagepack' | 'json' = 'messagepack'): Codec<unknown> {
  let speaksJson = first === 'json'
  return {
    encode(value, out) {
      if (speaksJson) asJson.encode(value, out)
      else asMessagePack.encode(value, out)
    },
    decode(bytes, start, end, lent, limits) {
      speaksJson = bytes[start] === OPENING_BRACE
      const codec = speaksJson ? asJson : asMessagePack
      return codec.decode(bytes, start, end, lent, limits)
    },
  }
}
