// Messages with content, which are nearly all there are, by hand: one constant head with three numbers
// in it. What has exactly this head needs no other check than of its length.
import type { ByteSink } from 'tieline/wire'
import { Body } from './generated/channel_host.js'
import { IDENTIFIER } from './layout.js'
import type { ContentMessage } from './messages.js'

/**
 * An envelope with content, up to the content itself. By position: 0 root, 4 identifier, 8 vtable of
 * the envelope, 16 the envelope, 28 vtable of the body, 36 the body, 48 the content's length.
 */
// biome-ignore format: a row for each of these
const HEAD = new Uint8Array([
  16, 0, 0, 0,
  ...IDENTIFIER,
  8, 0, 12, 0, 8, 0, 4, 0,
  8, 0, 0, 0,   16, 0, 0, 0,   0, 0, 0, 0,
  8, 0, 12, 0, 8, 0, 4, 0,
  8, 0, 0, 0,   8, 0, 0, 0,    0, 0, 0, 0,
  0, 0, 0, 0,
])
const TYPE_AT = 24
const CHANNEL_AT = 44
const LENGTH_AT = 48

/** Bytes around the content of the largest message. */
export const ENVELOPE_BYTES = HEAD.length

/** Content that is lent and at most this long is copied into the slab itself: half of one, so that little is left over. */
const INTO_SLAB_BYTES = 32 * 1024
/** From here on, memory that is not cleared first is worth its own way to have it. */
const LONG_BYTES = 4096

/** Writes a message. Long content that is not lent is kept by reference: it must not change until it is sent. */
export function writeContent(
  { kind, channel, content, lent }: ContentMessage,
  out: ByteSink,
): void {
  const length = content.length
  out.room(ENVELOPE_BYTES)
  const { bytes, position } = out
  bytes.set(HEAD, position)
  bytes[position + TYPE_AT] = Body[kind]
  bytes[position + CHANNEL_AT] = channel
  bytes[position + CHANNEL_AT + 1] = channel >>> 8
  for (let i = 0; i < 4; i++) bytes[position + LENGTH_AT + i] = length >>> (8 * i)
  out.position += ENVELOPE_BYTES
  if (lent !== true) out.append(content)
  else if (length > INTO_SLAB_BYTES) out.append(ownCopy(content))
  else {
    out.room(length)
    out.bytes.set(content, out.position)
    out.position += length
  }
}

/**
 * Reads the envelope in bytes[start..end) if it is content with the head of above; undefined: it is not,
 * and nothing of it was looked at but that. `lent`: content is copied; otherwise it is a view.
 */
export function readContent(
  bytes: Uint8Array,
  start: number,
  end: number,
  lent: boolean,
): ContentMessage | undefined {
  const at = start + ENVELOPE_BYTES
  if (at > end) return undefined
  // All of it but the three numbers: with that, every offset is where it was checked to be once.
  for (let i = 0; i < TYPE_AT; i++) if (bytes[start + i] !== HEAD[i]) return undefined
  for (let i = TYPE_AT + 1; i < CHANNEL_AT; i++) if (bytes[start + i] !== HEAD[i]) return undefined
  if (bytes[start + CHANNEL_AT + 2] !== 0 || bytes[start + CHANNEL_AT + 3] !== 0) return undefined
  const type = bytes[start + TYPE_AT]
  const fromRemote = type === Body.MessageFromRemote
  if (!fromRemote && type !== Body.MessageToRemote) return undefined
  const length = u16(bytes, start + LENGTH_AT) + 0x10000 * u16(bytes, start + LENGTH_AT + 2)
  if (at + length > end) return undefined
  const channel = u16(bytes, start + CHANNEL_AT)
  const content = bytes.subarray(at, at + length)
  if (fromRemote) {
    return { kind: 'MessageFromRemote', channel, content: lent ? ownCopy(content) : content }
  }
  return { kind: 'MessageToRemote', channel, content: lent ? sharedCopy(content) : content }
}

/** In memory that is shared with others: enough for what is only passed on to a socket, and quicker to have. */
function sharedCopy(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafe(bytes.length)
  const copy = new Uint8Array(buffer, byteOffset, bytes.length)
  copy.set(bytes)
  return copy
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}

/** In memory that is nobody else's, also not in part: its `buffer` begins and ends with it. */
export function ownCopy(bytes: Uint8Array): Uint8Array {
  if (bytes.length < LONG_BYTES) return new Uint8Array(bytes)
  const copy = new Uint8Array(Buffer.allocUnsafeSlow(bytes.length).buffer)
  copy.set(bytes)
  return copy
}
