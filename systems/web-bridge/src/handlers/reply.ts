// What handlers return and throw to say more than a value: a Reply with a status and headers, events
// for an EventSource, and an HttpError.
import type { BodySource, ResponseHeaders } from './handler.js'

// Registered, so that two copies of this package in one process know each other's.
const REPLY = Symbol.for('tieline.web-bridge.reply')
const HTTP_ERROR = Symbol.for('tieline.web-bridge.http-error')

export interface ReplyOptions {
  readonly status?: number
  readonly headers?: ResponseHeaders
}

/** A response with its status and headers. */
export interface Reply {
  readonly [REPLY]: true
  readonly status: number | undefined
  readonly headers: ResponseHeaders
  readonly body: unknown
}

/**
 * A response with a status and headers. The body is a `BodySource`, undefined for none, or any other
 * value as JSON; its `content-type` is chosen by that unless told.
 * @example
 * return reply({ id }, { status: 201, headers: { location: `/users/${id}` } })
 */
export function reply(body: BodySource | unknown, options: ReplyOptions = {}): Reply {
  return { [REPLY]: true, status: options.status, headers: options.headers ?? {}, body }
}

export function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && (value as Partial<Reply>)[REPLY] === true
}

/** One event of an event stream. `data` that is no string is sent as JSON. */
export interface ServerEvent {
  readonly data?: unknown
  readonly event?: string
  readonly id?: string
  /** Milliseconds after which the browser connects again. */
  readonly retry?: number
  /** Sent as a comment, which keeps the connection open and is not seen by the page. */
  readonly comment?: string
}

/** Server-sent events, each sent as it comes. */
export function events(source: AsyncIterable<ServerEvent>, options: ReplyOptions = {}): Reply {
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    ...options.headers,
  }
  return reply(written(source), { ...options, headers })
}

async function* written(source: AsyncIterable<ServerEvent>): AsyncGenerator<string> {
  for await (const event of source) yield eventText(event)
}

function eventText({ data, event, id, retry, comment }: ServerEvent): string {
  let text = ''
  if (comment !== undefined) text += field('', comment)
  // A line break in a name or an id would begin another field.
  if (event !== undefined) text += `event: ${oneLine(event)}\n`
  if (id !== undefined) text += `id: ${oneLine(id)}\n`
  if (retry !== undefined) text += `retry: ${Math.max(0, Math.floor(retry))}\n`
  if (data !== undefined) text += field('data', typeof data === 'string' ? data : jsonText(data))
  return `${text}\n`
}

const LINE_BREAK = /\r\n|\r|\n/

function field(name: string, value: string): string {
  return value
    .split(LINE_BREAK)
    .map((line) => `${name}: ${line}\n`)
    .join('')
}

function oneLine(value: string): string {
  return value.replace(/[\r\n\0]+/g, ' ')
}

/** JSON text of a value. Throws a TypeError for one that has none: a function, a cycle, a bigint. */
export function jsonText(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`a ${typeof value} can not be sent as JSON`)
  return text
}

export interface HttpErrorOptions {
  /** A name for programs. */
  readonly code?: string
  readonly headers?: ResponseHeaders
  /** Sent with it as it is. */
  readonly details?: unknown
  readonly cause?: unknown
}

/**
 * Thrown by a handler, it becomes that status with `{ error: { code, message, details, requestId } }`.
 * The message is for the browser; anything else that is thrown becomes 500 and hides its message.
 * @example
 * throw new HttpError(404, 'there is no such user', { code: 'NO_USER' })
 */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: string
  readonly headers: ResponseHeaders
  readonly details: unknown
  readonly [HTTP_ERROR] = true as const

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.code = options.code ?? 'HANDLER_ERROR'
    this.headers = options.headers ?? {}
    this.details = options.details
  }
}

export function isHttpError(value: unknown): value is HttpError {
  const error = value as Partial<HttpError> | null
  return typeof value === 'object' && error?.[HTTP_ERROR] === true
}
