// The messages of the original's handler socket, each with the fields it must have. Field names are the
// wire's own.
import {
  anyField,
  countField,
  type Fields,
  fieldsOf,
  flagField,
  mapField,
  optionalCount,
  optionalText,
  textField,
  textsField,
} from './fields.js'

export interface WireRequest {
  readonly request_id: string
  readonly method: string
  /** With the query, as the browser sent it. */
  readonly path: string
  readonly path_only: string
  /** Neither these nor params and cookies are decoded; of several with one name the last is here. */
  readonly query: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly cookies: Readonly<Record<string, string>>
}

export interface InvokeHandler {
  readonly type: 'invoke_handler'
  readonly handler_id: string
  readonly request: WireRequest
}
export interface HandlerResponseMessage {
  readonly type: 'handler_response'
  readonly handler_id: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export interface ErrorMessage {
  readonly type: 'error'
  readonly code: string
  readonly message: string
  readonly status: number
  /** What its log knows the error by. */
  readonly digest: string
  readonly details?: unknown
}
export interface HealthCheck {
  readonly type: 'health_check'
}
export interface HealthCheckResponse {
  readonly type: 'health_check_response'
}
export interface StreamStart {
  readonly type: 'stream_start'
  readonly stream_id: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}
export interface StreamChunk {
  readonly type: 'stream_chunk'
  readonly stream_id: string
  /** Base64. */
  readonly data: string
}
export interface StreamEnd {
  readonly type: 'stream_end'
  readonly stream_id: string
}
export interface WsConnect {
  readonly type: 'ws_connect'
  readonly connection_id: string
  readonly handler_id: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}
export interface WsMessage {
  readonly type: 'ws_message'
  readonly connection_id: string
  readonly handler_id: string
  /** Base64 when it is binary. */
  readonly data: string
  readonly binary: boolean
}
export interface WsClose {
  readonly type: 'ws_close'
  readonly connection_id: string
  readonly handler_id: string
  readonly code?: number | undefined
  readonly reason?: string | undefined
}
export interface WsSend {
  readonly type: 'ws_send'
  readonly connection_id: string
  readonly data: string
  readonly binary: boolean
}

export type Message =
  | InvokeHandler
  | HandlerResponseMessage
  | ErrorMessage
  | HealthCheck
  | HealthCheckResponse
  | StreamStart
  | StreamChunk
  | StreamEnd
  | WsConnect
  | WsMessage
  | WsClose
  | WsSend

/** HTTP's statuses. */
const STATUS = [100, 599] as const
/** RFC 6455, 7.4: the codes of a close. */
const CLOSE_CODE = [1000, 4999] as const

type Reader<M> = (fields: Fields, type: string) => M

const READERS: { readonly [T in Message['type']]: Reader<Extract<Message, { type: T }>> } = {
  invoke_handler: (fields, type) => ({
    type: 'invoke_handler',
    handler_id: textField(fields, 'handler_id', type),
    request: readRequest(mapField(fields, 'request', type)),
  }),
  handler_response: (fields, type) => ({
    type: 'handler_response',
    handler_id: textField(fields, 'handler_id', type),
    status: countField(fields, 'status', type, STATUS),
    headers: textsField(fields, 'headers', type),
    body: textField(fields, 'body', type),
  }),
  error: (fields, type) => ({
    type: 'error',
    code: textField(fields, 'code', type),
    message: textField(fields, 'message', type),
    status: optionalCount(fields, 'status', type, STATUS) ?? 500,
    digest: optionalText(fields, 'digest', type) ?? '',
    details: anyField(fields, 'details'),
  }),
  health_check: () => ({ type: 'health_check' }),
  health_check_response: () => ({ type: 'health_check_response' }),
  stream_start: (fields, type) => ({
    type: 'stream_start',
    stream_id: textField(fields, 'stream_id', type),
    status: countField(fields, 'status', type, STATUS),
    headers: textsField(fields, 'headers', type),
  }),
  stream_chunk: (fields, type) => ({
    type: 'stream_chunk',
    stream_id: textField(fields, 'stream_id', type),
    data: textField(fields, 'data', type),
  }),
  stream_end: (fields, type) => ({
    type: 'stream_end',
    stream_id: textField(fields, 'stream_id', type),
  }),
  ws_connect: (fields, type) => ({
    type: 'ws_connect',
    connection_id: textField(fields, 'connection_id', type),
    handler_id: textField(fields, 'handler_id', type),
    path: textField(fields, 'path', type),
    headers: textsField(fields, 'headers', type),
  }),
  ws_message: (fields, type) => ({
    type: 'ws_message',
    connection_id: textField(fields, 'connection_id', type),
    handler_id: textField(fields, 'handler_id', type),
    data: textField(fields, 'data', type),
    binary: flagField(fields, 'binary', type),
  }),
  ws_close: (fields, type) => ({
    type: 'ws_close',
    connection_id: textField(fields, 'connection_id', type),
    handler_id: textField(fields, 'handler_id', type),
    code: optionalCount(fields, 'code', type, CLOSE_CODE),
    reason: optionalText(fields, 'reason', type),
  }),
  ws_send: (fields, type) => ({
    type: 'ws_send',
    connection_id: textField(fields, 'connection_id', type),
    data: textField(fields, 'data', type),
    binary: flagField(fields, 'binary', type),
  }),
}

/**
 * Reads a decoded frame. Undefined for a type that is not known: the original answers that and goes on.
 * Throws `malformed` for what is no message, and for a field that is missing or of the wrong type.
 */
export function readMessage(value: unknown): Message | undefined {
  const fields = fieldsOf(value, 'a message')
  const type = textField(fields, 'type', 'a message')
  if (!Object.hasOwn(READERS, type)) return undefined
  return (READERS[type as Message['type']] as Reader<Message>)(fields, type)
}

function readRequest(fields: Fields): WireRequest {
  const where = 'the request of invoke_handler'
  return {
    request_id: textField(fields, 'request_id', where),
    method: textField(fields, 'method', where),
    path: textField(fields, 'path', where),
    path_only: textField(fields, 'path_only', where),
    query: textsField(fields, 'query', where),
    params: textsField(fields, 'params', where),
    headers: textsField(fields, 'headers', where),
    body: textField(fields, 'body', where),
    cookies: textsField(fields, 'cookies', where),
  }
}
