// From a message to bytes: what carries content by hand, all else with the generated code.
import { Builder } from 'flatbuffers'
import { TielineError } from 'tieline'
import type { ByteSink } from 'tieline/wire'
import { writeContent } from './content.js'
import * as schema from './generated/channel_host.js'
import type { ContentMessage, Message } from './messages.js'

/** Writes a message. Throws `invalid-argument` for one of an unknown kind. Of content, see `writeContent`. */
export function writeEnvelope(message: Message, out: ByteSink): void {
  if (message.kind === 'MessageFromRemote' || message.kind === 'MessageToRemote') {
    writeContent(message, out)
    return
  }
  if (message.kind === 'Unknown') {
    const text = `a message of the unknown type ${message.type} cannot be written`
    throw new TielineError('invalid-argument', text)
  }
  const builder = new Builder(256)
  const [type, body] = bodyOf(message, builder)
  const envelope = schema.Envelope.createEnvelope(builder, type, body)
  schema.Envelope.finishEnvelopeBuffer(builder, envelope)
  out.append(builder.asUint8Array())
}

/** Characters of an error's message that are told: enough for a line, and under what may be read. */
const REASON_LENGTH = 2000

type Plain = Exclude<Message, ContentMessage | { readonly kind: 'Unknown' }>

function bodyOf(plain: Plain, to: Builder): [type: schema.Body, at: number] {
  const text = (value: string) => (value === '' ? 0 : to.createString(value))
  const reason = (value: string) => text(value.slice(0, REASON_LENGTH))
  switch (plain.kind) {
    case 'PortListen': {
      const userId = to.createString(plain.userId)
      return [schema.Body.PortListen, schema.PortListen.createPortListen(to, plain.port, userId)]
    }
    case 'PortListenResult': {
      const { port, result } = plain
      const userId = to.createString(plain.userId)
      const create = schema.PortListenResult.createPortListenResult
      return [schema.Body.PortListenResult, create(to, port, userId, result)]
    }
    case 'Opened': {
      const userId = to.createString(plain.userId)
      const { port, channel } = plain
      return [schema.Body.Opened, schema.Opened.createOpened(to, port, userId, channel)]
    }
    case 'CloseChannel': {
      const [code, why] = [text(plain.code), reason(plain.message)]
      const { CloseChannel } = schema
      CloseChannel.startCloseChannel(to)
      // A struct lies in its table, and is written while that is.
      CloseChannel.addClose(to, schema.Close.createClose(to, plain.channel))
      CloseChannel.addCode(to, code)
      CloseChannel.addMessage(to, why)
      return [schema.Body.CloseChannel, CloseChannel.endCloseChannel(to)]
    }
    case 'ChannelClosed': {
      const [code, why] = [text(plain.code), reason(plain.message)]
      const { ChannelClosed } = schema
      ChannelClosed.startChannelClosed(to)
      ChannelClosed.addClosed(to, schema.Closed.createClosed(to, plain.channel))
      ChannelClosed.addByAgent(to, plain.byAgent)
      ChannelClosed.addCode(to, code)
      ChannelClosed.addMessage(to, why)
      return [schema.Body.ChannelClosed, ChannelClosed.endChannelClosed(to)]
    }
    case 'PortIgnore': {
      const userId = to.createString(plain.userId)
      return [schema.Body.PortIgnore, schema.PortIgnore.createPortIgnore(to, plain.port, userId)]
    }
    case 'PortIgnored': {
      const userId = to.createString(plain.userId)
      return [schema.Body.PortIgnored, schema.PortIgnored.createPortIgnored(to, plain.port, userId)]
    }
    case 'Welcome': {
      const { version, messageBytes, queuedBytes } = plain
      const create = schema.Welcome.createWelcome
      const endpoint = text(plain.endpoint)
      return [schema.Body.Welcome, create(to, version, endpoint, messageBytes, queuedBytes)]
    }
    case 'PortConnect': {
      const { request, reconnect } = plain
      const [url, userId] = [text(plain.url), text(plain.userId)]
      const [token, subprotocol] = [text(plain.token), text(plain.subprotocol)]
      const create = schema.PortConnect.createPortConnect
      const at = create(to, request, url, userId, token, subprotocol, reconnect)
      return [schema.Body.PortConnect, at]
    }
    case 'PortConnectResult': {
      const [code, why] = [text(plain.code), reason(plain.message)]
      const create = schema.PortConnectResult.createPortConnectResult
      return [schema.Body.PortConnectResult, create(to, plain.request, plain.channel, code, why)]
    }
    case 'PortDisconnect':
      return [
        schema.Body.PortDisconnect,
        schema.PortDisconnect.createPortDisconnect(to, plain.request),
      ]
    case 'Credit':
      return [schema.Body.Credit, schema.Credit.createCredit(to, plain.channel, plain.bytes)]
    case 'Pause':
      return [schema.Body.Pause, schema.Pause.createPause(to, plain.channel)]
    case 'Resume':
      return [schema.Body.Resume, schema.Resume.createResume(to, plain.channel)]
    case 'Failure': {
      const [code, why, userId] = [text(plain.code), reason(plain.message), text(plain.userId)]
      const create = schema.Failure.createFailure
      return [schema.Body.Failure, create(to, plain.port, userId, plain.channel, code, why)]
    }
  }
}
