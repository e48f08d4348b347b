// Tieline's own dialect, version 1.0: arrays whose first element is a small number, in MessagePack
// behind a four-byte length. Written down for other languages in docs/native-protocol.md.
import { anyValue, type MessageForm, type MessageReader } from '../codec/msgpack/message.js'
import { messageCodec } from '../codec/msgpack/message-codec.js'
import { malformed } from '../errors.js'
import { behindLength } from '../wire/behind-length.js'
import { perMessage } from '../wire/per-message.js'
import type { Wire } from '../wire/wire.js'
import type { Dialect, Protocol } from './dialect.js'
import type { Envelope, Metadata, ServedContract, WireError } from './envelope.js'

export const NATIVE_MAJOR = 1
export const NATIVE_MINOR = 0
/** Second element of a hello: a connection that is something else is told so at once. */
const MAGIC = 'tieline'

const HELLO = 0
const CALL = 1
const STREAM = 2
const NOTIFY = 3
const RESULT = 4
const ERROR = 5
const ITEM = 6
const END = 7
const CREDIT = 8
const CANCEL = 9
const CALLER_ITEM = 10
const CALLER_END = 11
const CALLER_CREDIT = 12
const PING = 13
const PONG = 14
const GOAWAY = 15

const ALL_KINDS = {
  request: true,
  result: true,
  error: true,
  notify: true,
  item: true,
  end: true,
  credit: true,
  cancel: true,
  hello: true,
  goaway: true,
  ping: true,
  pong: true,
} as const

/** What `native` takes. */
export interface NativeOptions {
  /** What the channel keeps apart: `messages` for mailboxes and WebSockets. `bytes` unless told. */
  readonly over?: 'bytes' | 'messages'
}

/**
 * Tieline's own protocol: one MessagePack array a message; over bytes with a u32 big-endian length
 * before it.
 */
export function native(options: NativeOptions = {}): Protocol {
  const messages = options.over === 'messages'
  const over = messages ? perMessage : behindLength
  const dialect = nativeDialect(over(messageCodec(envelopeForm)))
  return {
    name: 'native',
    params: 'value',
    wire: over(messageCodec(anyValue)),
    dialect: () => dialect,
    ...(!messages && { recognises }),
  }
}

/** Stateless, so one instance serves all connections. */
function nativeDialect(direct: Wire<Envelope>): Dialect<unknown> {
  return {
    can: ALL_KINDS,
    write: (envelope, out) => out(written(envelope)),
    read: (value, emit) => emit(readNative(elementsOf(value))),
    direct,
  }
}

/** The two messages of an ordinary call are written element by element, the others by way of their array. */
const envelopeForm: MessageForm<Envelope> = {
  write(envelope, to) {
    if (envelope.kind === 'result') {
      const { id, value } = envelope
      to.array(value === undefined ? 2 : 3)
      to.number(RESULT)
      to.number(id)
      if (value !== undefined) to.value(value)
    } else if (envelope.kind === 'request' && envelope.window === undefined) {
      const { id, method, timeout, meta, params } = envelope
      to.array(params === undefined ? 5 : 6)
      to.number(CALL)
      to.number(id)
      to.text(method)
      to.value(timeout)
      to.value(meta)
      if (params !== undefined) to.value(params)
    } else {
      to.value(written(envelope))
    }
  },
  read: readNative,
}

/** A value that was decoded whole, to be read as one that was not. */
function elementsOf(value: unknown): MessageReader {
  if (!Array.isArray(value)) return { array: () => -1, next: () => value }
  let at = 0
  return { array: () => value.length, next: () => value[at++] }
}

function written(envelope: Envelope): unknown[] {
  switch (envelope.kind) {
    case 'request': {
      const { id, method, window, timeout, meta, params } = envelope
      return window === undefined
        ? withParams([CALL, id, method, timeout, meta], params)
        : withParams([STREAM, id, method, window, timeout, meta], params)
    }
    case 'result':
      return withParams([RESULT, envelope.id], envelope.value)
    case 'error':
      return [ERROR, envelope.id, ...writtenError(envelope.error)]
    case 'notify':
      return withParams([NOTIFY, envelope.method, envelope.meta], envelope.params)
    case 'item':
      return [envelope.from === 'callee' ? ITEM : CALLER_ITEM, envelope.id, envelope.value]
    case 'end':
      return [envelope.from === 'callee' ? END : CALLER_END, envelope.id]
    case 'credit':
      // Named after whose items it is for: the reader of CALLER_ITEMs is the callee.
      return [envelope.from === 'caller' ? CREDIT : CALLER_CREDIT, envelope.id, envelope.bytes]
    case 'cancel':
      return [CANCEL, envelope.id]
    case 'hello': {
      const { major, minor, serves, expects } = envelope
      return [HELLO, MAGIC, major, minor, writtenContract(serves), writtenContract(expects)]
    }
    case 'goaway':
      return envelope.error === undefined ? [GOAWAY] : [GOAWAY, ...writtenError(envelope.error)]
    case 'ping':
      return [PING, envelope.token]
    case 'pong':
      return [PONG, envelope.token]
  }
}

/** Params and answers stand last, so that one that is undefined is left out and stays undefined. */
function withParams(head: unknown[], params: unknown): unknown[] {
  if (params !== undefined) head.push(params)
  return head
}

function writtenError({ code, message, data }: WireError): unknown[] {
  return data === undefined ? [code, message] : [code, message, data]
}

function writtenContract(served: ServedContract | undefined): unknown[] | undefined {
  return served && [served.name, served.version]
}

/** What the frame lacks is undefined, and what it has too much is passed over. */
function readNative(frame: MessageReader): Envelope {
  if (frame.array() < 0) {
    throw malformed(`a native frame must be an array, not ${what(frame.next())}`)
  }
  const kind = frame.next()
  switch (kind) {
    case CALL:
      return request(frame, false)
    case RESULT:
      return { kind: 'result', id: id(frame.next()), value: frame.next() }
    case STREAM:
      return request(frame, true)
    case NOTIFY: {
      const method = text(frame.next(), 'method')
      const meta = metadata(frame.next())
      return { kind: 'notify', method, params: frame.next(), meta }
    }
    case ERROR:
      return { kind: 'error', id: id(frame.next()), error: error(frame.next(), frame) }
    case ITEM:
    case CALLER_ITEM: {
      const from = kind === ITEM ? 'callee' : 'caller'
      return { kind: 'item', id: id(frame.next()), from, value: frame.next() }
    }
    case END:
    case CALLER_END:
      return { kind: 'end', id: id(frame.next()), from: kind === END ? 'callee' : 'caller' }
    case CREDIT:
    case CALLER_CREDIT: {
      const from = kind === CREDIT ? 'caller' : 'callee'
      return { kind: 'credit', id: id(frame.next()), from, bytes: count(frame.next(), 'credit') }
    }
    case CANCEL:
      return { kind: 'cancel', id: id(frame.next()) }
    case HELLO:
      if (frame.next() !== MAGIC) throw malformed('a native hello must name tieline')
      return {
        kind: 'hello',
        major: count(frame.next(), 'major version'),
        minor: count(frame.next(), 'minor version'),
        serves: served(frame.next()),
        expects: served(frame.next()),
      }
    case GOAWAY: {
      const code = frame.next()
      return { kind: 'goaway', error: code == null ? undefined : error(code, frame) }
    }
    case PING:
      return { kind: 'ping', token: count(frame.next(), 'token') }
    case PONG:
      return { kind: 'pong', token: count(frame.next(), 'token') }
    default:
      throw malformed(`a native frame cannot begin with ${what(kind)}`)
  }
}

function request(frame: MessageReader, streams: boolean): Envelope {
  const callId = id(frame.next())
  const method = text(frame.next(), 'method')
  const window = streams ? count(frame.next(), 'window') : undefined
  const allowed = timeout(frame.next())
  const meta = metadata(frame.next())
  const params = frame.next()
  return { kind: 'request', id: callId, method, params, window, timeout: allowed, meta }
}

function error(code: unknown, rest: MessageReader): WireError {
  return {
    code: text(code, 'error code'),
    message: text(rest.next(), 'error message'),
    data: rest.next() ?? undefined,
  }
}

function id(value: unknown): number {
  if (typeof value === 'number' && value >= 1 && value <= 0xffff_ffff && Number.isInteger(value)) {
    return value
  }
  throw malformed(`an id must be an integer from 1 to 4294967295, not ${what(value)}`)
}

function count(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value
  throw malformed(`${name} must be a whole number, not ${what(value)}`)
}

function timeout(value: unknown): number | undefined {
  if (value == null) return undefined
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value
  throw malformed(`timeout must be milliseconds, not ${what(value)}`)
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw malformed(`${name} must be a string, not ${what(value)}`)
}

function metadata(value: unknown): Metadata | undefined {
  if (value == null) return undefined
  // A map whose keys are texts becomes a plain object; anything else that is one has a class.
  const isMap = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
  if (isMap && Object.values(value).every((entry) => typeof entry === 'string')) {
    return value as Metadata
  }
  throw malformed('metadata must be a map of strings')
}

function served(value: unknown): ServedContract | undefined {
  if (value == null) return undefined
  if (!Array.isArray(value)) throw malformed('a contract in a hello must be [name, version]')
  return { name: text(value[0], 'contract name'), version: text(value[1], 'contract version') }
}

function what(value: unknown): string {
  if (value === null || value === undefined) return 'nil'
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

// A hello is an array of 4 to 15 elements that begins with 0 and the text "tieline".
const HEAD = [HELLO, 0xa0 | MAGIC.length, ...Array.from(MAGIC, (char) => char.charCodeAt(0))]

function recognises(head: Uint8Array): boolean | undefined {
  if (head.length > 0 && head[0] !== 0) return false
  if (head.length > 4 && ((head[4] as number) & 0xf0) !== 0x90) return false
  for (let at = 0; at < HEAD.length; at++) {
    if (head.length <= 5 + at) return undefined
    if (head[5 + at] !== HEAD[at]) return false
  }
  return true
}
