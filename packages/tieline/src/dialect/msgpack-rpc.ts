// The MessagePack-RPC dialect: requests, responses and notifications as plain arrays, back to back,
// without a length in front. What Neovim and the player driver's clients speak.
import {
  type MessageForm,
  type MessagePackOptions,
  messagePack,
  messagePackOf,
} from '../codec/msgpack/index.js'
import { malformed } from '../errors.js'
import { selfDelimiting, type Wire } from '../wire/index.js'
import type { Dialect, Protocol } from './dialect.js'
import type { Envelope, WireError } from './envelope.js'

const REQUEST = 0
const RESPONSE = 1
const NOTIFICATION = 2

/** What `msgpackRpc` takes. */
export interface MessagePackRpcOptions extends MessagePackOptions {
  /**
   * What is sent as the error of a response. `text` (default): the message alone, which every peer
   * can show. `map`: {code, message, data}, which a Tieline peer reads back with nothing lost.
   */
  readonly errors?: 'text' | 'map'
}

/** MessagePack-RPC as its specification has it. Params travel as an array. */
export function msgpackRpc(options: MessagePackRpcOptions = {}): Protocol {
  const errors = options.errors ?? 'text'
  const direct = selfDelimiting(messagePackOf(envelopeForm(errors), options))
  const dialect = msgpackRpcDialect(errors, direct)
  return {
    name: 'msgpack-rpc',
    params: 'positional',
    wire: selfDelimiting(messagePack(options)),
    dialect: () => dialect,
    // 0x94: an array of four, a request or a response; 0x93: of three, a notification.
    recognises: (head) => (head.length === 0 ? undefined : head[0] === 0x94 || head[0] === 0x93),
  }
}

/**
 * No cancel, no streams, no handshake: the peer's degradation rules say what happens instead. A
 * call's timeout and metadata have no place in its messages: the timeout is kept by the caller alone,
 * metadata stays behind.
 */
function msgpackRpcDialect(errors: 'text' | 'map', direct: Wire<Envelope>): Dialect<unknown> {
  return {
    can: { request: true, result: true, error: true, notify: true },
    write(envelope, out) {
      const value = written(envelope, errors)
      if (value) out(value)
    },
    read: (value, emit) => emit(readMessage(value)),
    direct,
  }
}

/** Requests and results go element by element, the others by way of their array. */
function envelopeForm(errors: 'text' | 'map'): MessageForm<Envelope> {
  return {
    write(envelope, to) {
      if (envelope.kind === 'result') {
        to.array(4)
        to.number(RESPONSE)
        to.number(envelope.id)
        to.value(null)
        to.value(envelope.value)
      } else if (envelope.kind === 'request' && envelope.window === undefined) {
        to.array(4)
        to.number(REQUEST)
        to.number(envelope.id)
        to.text(envelope.method)
        to.value(positional(envelope.params))
      } else {
        const message = written(envelope, errors)
        if (message) to.value(message)
      }
    },
    read(from) {
      const count = from.array()
      if (count < 1) return readMessage(count < 0 ? from.next() : [])
      const type = from.next()
      if (count === 4 && type === REQUEST) {
        return request(from.next(), from.next(), from.next())
      }
      if (count === 4 && type === RESPONSE) {
        return response(from.next(), from.next(), from.next())
      }
      const message = [type]
      while (message.length < count) message.push(from.next())
      return readMessage(message)
    },
  }
}

function written(envelope: Envelope, errors: 'text' | 'map'): unknown[] | undefined {
  switch (envelope.kind) {
    case 'request':
      // A stream's request has no form; the peer refuses it before it comes here.
      if (envelope.window !== undefined) return undefined
      return [REQUEST, envelope.id, envelope.method, positional(envelope.params)]
    case 'result':
      return [RESPONSE, envelope.id, null, envelope.value]
    case 'error':
      return [RESPONSE, envelope.id, writtenError(envelope.error, errors), null]
    case 'notify':
      return [NOTIFICATION, envelope.method, positional(envelope.params)]
    default:
      return undefined
  }
}

function positional(params: unknown): unknown[] {
  if (Array.isArray(params)) return params as unknown[]
  return params === undefined || params === null ? [] : [params]
}

function writtenError(error: WireError, errors: 'text' | 'map'): unknown {
  if (errors === 'text') return error.message
  const { code, message, data } = error
  return data === undefined ? { code, message } : { code, message, data }
}

function readMessage(value: unknown): Envelope {
  if (!Array.isArray(value)) throw malformed('a MessagePack-RPC message must be an array')
  const message = value as unknown[]
  const [type, second, third, fourth] = message
  if (type === REQUEST && message.length === 4) return request(second, third, fourth)
  if (type === RESPONSE && message.length === 4) return response(second, third, fourth)
  if (type === NOTIFICATION && message.length === 3) {
    const method = methodName(second)
    return { kind: 'notify', method, params: paramList(third), meta: undefined }
  }
  // Only a number is shown: anything else the other side sent may be long, or have no text at all.
  const shownType = typeof type === 'number' ? type : 'that is not a number'
  throw malformed(
    `a MessagePack-RPC message of type ${shownType} cannot have ${message.length} elements`,
  )
}

function request(id: unknown, method: unknown, params: unknown): Envelope {
  return {
    kind: 'request',
    id: messageId(id),
    method: methodName(method),
    params: paramList(params),
    window: undefined,
    timeout: undefined,
    meta: undefined,
  }
}

function response(rawId: unknown, error: unknown, value: unknown): Envelope {
  const id = messageId(rawId)
  if (error === null || error === undefined) return { kind: 'result', id, value }
  return { kind: 'error', id, error: readError(error) }
}

function messageId(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff && Number.isInteger(value)) {
    return value
  }
  throw malformed('a MessagePack-RPC id must be an integer of 32 bits')
}

function methodName(value: unknown): string {
  if (typeof value === 'string') return value
  throw malformed('a MessagePack-RPC method must be a string')
}

function paramList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[]
  throw malformed('MessagePack-RPC params must be an array')
}

/** Peers put what they like here: a text, [number, text] as Neovim does, a map. The raw value is kept. */
function readError(raw: unknown): WireError {
  if (typeof raw === 'string') return remoteError(raw, raw)
  if (Array.isArray(raw)) {
    const message = raw.find((part) => typeof part === 'string') as string | undefined
    return remoteError(message ?? shown(raw), raw)
  }
  if (typeof raw !== 'object' || raw === null) return remoteError(shown(raw), raw)
  const { code, message, data, ...rest } = raw as Record<string, unknown>
  if (typeof message !== 'string') return remoteError(shown(raw), raw)
  if (typeof code !== 'string') return remoteError(message, raw)
  // As a Tieline peer writes it. With more in it, the whole is what somebody else wanted to say.
  return { code, message, data: Object.keys(rest).length === 0 ? data : raw }
}

function remoteError(message: string, raw: unknown): WireError {
  return { code: 'remote-error', message, data: raw }
}

function shown(raw: unknown): string {
  try {
    return JSON.stringify(raw) ?? String(raw)
  } catch {
    // A bigint or a cycle: the raw value is in `data` all the same.
    return 'the remote answered an error'
  }
}
