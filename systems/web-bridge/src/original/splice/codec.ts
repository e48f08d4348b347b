// The frames of the original's splice protocol: a big-endian length of four bytes that does not count
// the byte behind it, that byte for the type, then MessagePack.
import { type Codec, messagePack } from 'tieline/codec'
import { lengthPrefix } from 'tieline/framing'
import { framed, type Wire } from 'tieline/wire'
import { malformed } from '../wire/fields.js'

/** Every type of message and the byte that stands for it. */
export const TYPES = {
  Handshake: 0x01,
  HandshakeAck: 0x02,
  Shutdown: 0x03,
  ShutdownAck: 0x04,
  ListExports: 0x10,
  ListExportsResult: 0x11,
  Invoke: 0x20,
  InvokeResult: 0x21,
  InvokeError: 0x22,
  StreamStart: 0x30,
  StreamChunk: 0x31,
  StreamEnd: 0x32,
  StreamError: 0x33,
  StreamAck: 0x34,
  Cancel: 0x40,
  CancelAck: 0x41,
  LogEvent: 0x50,
  HealthCheck: 0x60,
  HealthStatus: 0x61,
} as const

export type SpliceType = keyof typeof TYPES

/** Fields in the order of the original's declaration; none for a type without any. */
export interface SpliceMessage {
  readonly type: SpliceType
  readonly fields: readonly unknown[]
}

export function message(type: SpliceType, ...fields: readonly unknown[]): SpliceMessage {
  return { type, fields }
}

export function spliceWire(): Wire<SpliceMessage> {
  return framed(lengthPrefix({ excludes: 1 }), spliceCodec())
}

/** A type without fields is its name alone, any other a map of its name to the list of its fields. */
function spliceCodec(): Codec<SpliceMessage> {
  const body = messagePack()
  return {
    encode({ type, fields }, out) {
      out.room(1)
      out.bytes[out.position++] = TYPES[type]
      body.encode(fields.length === 0 ? type : { [type]: fields }, out)
    },
    decode(bytes, start, end, lent, limits) {
      if (end - start < 2) throw malformed('a splice frame must have a type and a message')
      const read = messageOf(body.decode(bytes, start + 1, end, lent, limits))
      const said = bytes[start] as number
      if (said !== TYPES[read.type]) {
        throw malformed(`a splice frame of type 0x${said.toString(16)} holds a ${read.type}`)
      }
      return read
    },
  }
}

function messageOf(value: unknown): SpliceMessage {
  if (typeof value === 'string') return { type: typeOf(value), fields: [] }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const [only, ...others] = Object.entries(value)
    if (only !== undefined && others.length === 0 && Array.isArray(only[1])) {
      return { type: typeOf(only[0]), fields: only[1] as unknown[] }
    }
  }
  throw malformed('a splice message must be a name, or a map of one name to a list')
}

function typeOf(name: string): SpliceType {
  if (Object.hasOwn(TYPES, name)) return name as SpliceType
  throw malformed(`there is no splice message ${JSON.stringify(name.slice(0, 60))}`)
}
