// From verified bytes to a message, with the generated code.
import { ByteBuffer } from 'flatbuffers'
import { ownCopy, readContent } from './content.js'
import * as schema from './generated/channel_host.js'
import type { Message } from './messages.js'
import { verifyEnvelope } from './verify.js'

/**
 * Reads the envelope that fills bytes[start..end). `lent`: content is copied; otherwise it is a view.
 * Throws as `verifyEnvelope`.
 */
export function readEnvelope(
  bytes: Uint8Array,
  start: number,
  end: number,
  lent: boolean,
): Message {
  const plain = readContent(bytes, start, end, lent)
  if (plain !== undefined) return plain
  const name = verifyEnvelope(bytes, start, end)
  const envelope = schema.Envelope.getRootAsEnvelope(new ByteBuffer(bytes.subarray(start, end)))
  if (name === undefined) return { kind: 'Unknown', type: envelope.bodyType() }
  return READERS[name](envelope, lent)
}

type Reader = (envelope: schema.Envelope, lent: boolean) => Message

const NOTHING = new Uint8Array(0)

/** Fields that are missing read as 0 and as no text: the original leaves them out then. */
const READERS: Readonly<Record<ReturnType<typeof verifyEnvelope> & string, Reader>> = {
  PortListen: (envelope) => {
    const body: schema.PortListen = envelope.body(new schema.PortListen())
    return { kind: 'PortListen', port: body.port(), userId: body.userId() ?? '' }
  },
  PortListenResult: (envelope) => {
    const body: schema.PortListenResult = envelope.body(new schema.PortListenResult())
    const userId = body.userId() ?? ''
    return { kind: 'PortListenResult', port: body.port(), userId, result: body.result() }
  },
  Opened: (envelope) => {
    const body: schema.Opened = envelope.body(new schema.Opened())
    const userId = body.userId() ?? ''
    return { kind: 'Opened', port: body.port(), userId, channel: body.channel() }
  },
  MessageFromRemote: (envelope, lent) => {
    const body: schema.MessageFromRemote = envelope.body(new schema.MessageFromRemote())
    const content = contentOf(body, lent)
    return { kind: 'MessageFromRemote', channel: body.channel(), content }
  },
  MessageToRemote: (envelope, lent) => {
    const body: schema.MessageToRemote = envelope.body(new schema.MessageToRemote())
    return { kind: 'MessageToRemote', channel: body.channel(), content: contentOf(body, lent) }
  },
  CloseChannel: (envelope) => {
    const body: schema.CloseChannel = envelope.body(new schema.CloseChannel())
    const channel = body.close()?.channel() ?? 0
    return { kind: 'CloseChannel', channel, ...reasonOf(body) }
  },
  ChannelClosed: (envelope) => {
    const body: schema.ChannelClosed = envelope.body(new schema.ChannelClosed())
    const channel = body.closed()?.channel() ?? 0
    return { kind: 'ChannelClosed', channel, byAgent: body.byAgent(), ...reasonOf(body) }
  },
  PortIgnore: (envelope) => {
    const body: schema.PortIgnore = envelope.body(new schema.PortIgnore())
    return { kind: 'PortIgnore', port: body.port(), userId: body.userId() ?? '' }
  },
  PortIgnored: (envelope) => {
    const body: schema.PortIgnored = envelope.body(new schema.PortIgnored())
    return { kind: 'PortIgnored', port: body.port(), userId: body.userId() ?? '' }
  },
  Welcome: (envelope) => {
    const body: schema.Welcome = envelope.body(new schema.Welcome())
    return {
      kind: 'Welcome',
      version: body.version(),
      endpoint: body.endpoint() ?? '',
      messageBytes: body.messageBytes(),
      queuedBytes: body.queuedBytes(),
    }
  },
  PortConnect: (envelope) => {
    const body: schema.PortConnect = envelope.body(new schema.PortConnect())
    return {
      kind: 'PortConnect',
      request: body.request(),
      url: body.url() ?? '',
      userId: body.userId() ?? '',
      token: body.token() ?? '',
      subprotocol: body.subprotocol() ?? '',
      reconnect: body.reconnect(),
    }
  },
  PortConnectResult: (envelope) => {
    const body: schema.PortConnectResult = envelope.body(new schema.PortConnectResult())
    const channel = body.channel()
    return { kind: 'PortConnectResult', request: body.request(), channel, ...reasonOf(body) }
  },
  PortDisconnect: (envelope) => {
    const body: schema.PortDisconnect = envelope.body(new schema.PortDisconnect())
    return { kind: 'PortDisconnect', request: body.request() }
  },
  Credit: (envelope) => {
    const body: schema.Credit = envelope.body(new schema.Credit())
    return { kind: 'Credit', channel: body.channel(), bytes: body.bytes() }
  },
  Pause: (envelope) => {
    const body: schema.Pause = envelope.body(new schema.Pause())
    return { kind: 'Pause', channel: body.channel() }
  },
  Resume: (envelope) => {
    const body: schema.Resume = envelope.body(new schema.Resume())
    return { kind: 'Resume', channel: body.channel() }
  },
  Failure: (envelope) => {
    const body: schema.Failure = envelope.body(new schema.Failure())
    const userId = body.userId() ?? ''
    const channel = body.channel()
    return { kind: 'Failure', port: body.port(), userId, channel, ...reasonOf(body) }
  },
}

function contentOf(body: { contentArray(): Uint8Array | null }, lent: boolean): Uint8Array {
  const content = body.contentArray() ?? NOTHING
  return lent ? ownCopy(content) : content
}

function reasonOf(body: { code(): string | null; message(): string | null }) {
  return { code: body.code() ?? '', message: body.message() ?? '' }
}
