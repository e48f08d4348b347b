// Makes of what a handler returned or threw a response that a wire can carry: a status, checked
// headers, and a body of text, bytes or a stream of bytes.
import type { HandlerResponse } from '../runtime/runtime.js'
import type { ResponseHeaders } from './handler.js'
import { type HttpError, isHttpError, isReply, jsonText } from './reply.js'

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const BYTES = 'application/octet-stream'
const JSON_HEADERS: ResponseHeaders = Object.freeze({ 'content-type': JSON_TYPE })

/** The response of what a handler returned. Throws a TypeError for what no response can be. */
export function responseOf(result: unknown): HandlerResponse {
  if (isReply(result)) {
    const status = checkedStatus(result.status ?? (result.body === undefined ? 204 : 200))
    return withBody(status, checkedHeaders(result.headers), result.body)
  }
  if (result instanceof Response) return fromWeb(result)
  return withBody(result === undefined ? 204 : 200, {}, result)
}

function withBody(status: number, headers: ResponseHeaders, body: unknown): HandlerResponse {
  if (body === undefined) return { status, headers, body }
  if (typeof body === 'string') return { status, headers: typed(headers, TEXT), body }
  if (body instanceof Uint8Array) return { status, headers: typed(headers, BYTES), body }
  if (isStream(body)) return { status, headers: typed(headers, BYTES), body: bytesIn(body) }
  return { status, headers: typed(headers, JSON_TYPE), body: jsonText(body) }
}

function typed(headers: ResponseHeaders, type: string): ResponseHeaders {
  return 'content-type' in headers ? headers : { 'content-type': type, ...headers }
}

function fromWeb(response: Response): HandlerResponse {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') headers[name] = value
  }
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  // Response.error() has status 0; everything else has been checked when it was made.
  const status = checkedStatus(response.status)
  return { status, headers, body: response.body === null ? undefined : bytesIn(response.body) }
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array | string> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

const encoder = new TextEncoder()

/**
 * The same items as bytes. Written out, not a generator: a generator's `return` waits for the item
 * that is being made, so a source that waits for its next event could not be left.
 */
export function bytesIn(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]()
      return {
        async next() {
          const step = await items.next()
          if (step.done === true) return { done: true, value: undefined }
          return { done: false, value: bytesOf(step.value) }
        },
        async return() {
          await items.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function bytesOf(item: unknown): Uint8Array {
  if (typeof item === 'string') return encoder.encode(item)
  if (item instanceof Uint8Array) return item
  throw new TypeError(`a streamed body must be of text or bytes, not ${typeof item}`)
}

function checkedStatus(status: unknown): number {
  if (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599) {
    return status
  }
  throw new TypeError(`a response's status must be 200 to 599, not ${String(status)}`)
}

// RFC 9110, 5.6.2: what a field's name may be made of. Values: no control characters but tab.
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** What the server says itself: a body's framing, and what belongs to one connection. */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** Headers with names in lower case. Throws a TypeError for a name or value that HTTP can not carry. */
export function checkedHeaders(headers: ResponseHeaders): ResponseHeaders {
  const made: Record<string, string | readonly string[]> = {}
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase()
    if (!HEADER_NAME.test(name))
      throw new TypeError('a response header has a name that HTTP can not carry')
    if (SERVERS_OWN.has(name) || name === '__proto__') continue
    made[name] = Array.isArray(value)
      ? value.map((each) => checkedValue(name, each))
      : checkedValue(name, value)
  }
  return made
}

function checkedValue(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : String(value)
  // Not the value itself: it may be what an attacker sent.
  if (!HEADER_VALUE.test(text))
    throw new TypeError(`the value of header ${name} is not one HTTP can carry`)
  return text
}

export interface ErrorContext {
  readonly requestId: string
  readonly development: boolean
}

/** The response of what a handler threw. Only an HttpError's own words reach the browser. */
export function errorResponse(thrown: unknown, context: ErrorContext): HandlerResponse {
  if (isHttpError(thrown)) {
    try {
      return ofHttpError(thrown, context)
    } catch {
      // Its details are no JSON, or its headers are not to be sent: then it is an error like any other.
    }
  }
  const stack = context.development && thrown instanceof Error ? thrown.stack : undefined
  const message = context.development ? String(thrown) : 'Internal Server Error'
  const error = { code: 'HANDLER_EXECUTION_ERROR', message, requestId: context.requestId, stack }
  return { status: 500, headers: JSON_HEADERS, body: jsonText({ error }) }
}

function ofHttpError(thrown: HttpError, { requestId }: ErrorContext): HandlerResponse {
  const { code, message, details } = thrown
  const error = { code, message, details, requestId }
  return {
    status: checkedStatus(thrown.status),
    headers: { ...JSON_HEADERS, ...checkedHeaders(thrown.headers) },
    body: jsonText({ error }),
  }
}
