// What a handler is: a function from a request and its context to a response, or to a plain value that
// becomes one. Light types of our own, the same under our server and under the original's.
import type { Duration } from 'tieline'
import type { Rpc } from '../rpc/rpc.js'

/** Header names are in lower case. A header that came several times is joined with ', '. */
export type RequestHeaders = Readonly<Record<string, string>>
/** A value that is an array is sent as one header each: `set-cookie` needs that. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>

/** The body of a request, read once and in one of these ways. The sender waits until it is read. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** All of it. Rejects with an `HttpError` of 413 past `limit` bytes: 16 MiB unless told. */
  bytes(options?: { readonly limit?: number }): Promise<Uint8Array>
  /** The same as UTF-8 text. */
  text(options?: { readonly limit?: number }): Promise<string>
  /** The same as JSON. Rejects with an `HttpError` of 400 for what is none. */
  json(options?: { readonly limit?: number }): Promise<unknown>
}

export interface HandlerRequest {
  /** As in the logs, in the `x-request-id` header of the response and in the body of a 500. */
  readonly requestId: string
  readonly method: string
  /** The path with its query, as it came. */
  readonly url: string
  /** The path without its query, as it came. */
  readonly path: string
  /** The query, decoded. A name that came several times has an array. */
  readonly query: Readonly<Record<string, string | readonly string[]>>
  /** What the route's path took out of the request's, decoded: `:name` and `*`. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: RequestHeaders
  readonly cookies: Readonly<Record<string, string>>
  readonly body: RequestBody
}

export interface HandlerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What a handler has beside its request. Lazy: what is not asked for costs nothing. */
export interface HandlerContext {
  /** Functions of the server's process. A call is cancelled when the request is. */
  readonly rpc: Rpc
  /** Fires when the browser goes away, the deadline passes or the server is lost. */
  readonly signal: AbortSignal
  /**
   * Fires when this process is about to end: a stream without an end of its own should end now. A
   * socket's handler that has asked for it closes its sockets itself; else they are closed with 1012.
   */
  readonly draining: AbortSignal
  /** Milliseconds until the deadline for the response's head; Infinity without one. */
  remaining(): number
  readonly log: HandlerLog
  /** What travels beside the request, such as `traceparent`. */
  readonly meta: Readonly<Record<string, string>>
}

/** What a body can be made of. A string is sent as UTF-8. */
export type BodySource =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array | string>
  | NonNullable<Response['body']>

/**
 * What a handler may return: a `Reply` (see `reply`), a web `Response`, text (text/plain), bytes
 * (application/octet-stream), an AsyncIterable (streamed as it comes), undefined (204), and any other
 * value as JSON.
 */
export type HandlerResult = unknown

export type Handler = (
  request: HandlerRequest,
  context: HandlerContext,
) => HandlerResult | Promise<HandlerResult>

/** One browser's WebSocket, as its handler sees it. */
export interface HandlerSocket {
  /** Unique in the server's process. */
  readonly id: string
  readonly request: Omit<HandlerRequest, 'body'>
  /**
   * Text or binary, in order. Resolves when the browser's side has room for more: await it to go no
   * faster than the browser reads. Rejects once the socket is closed; who does not wait need not look.
   */
  send(data: string | Uint8Array): Promise<void>
  /** 1000 unless told. Idempotent. */
  close(code?: number, reason?: string): void
}

/** What answers WebSockets at a path. Each function may be left out; what one throws closes with 1011. */
export interface SocketHandler {
  /** Messages are kept back until it has resolved. */
  open?(socket: HandlerSocket, context: HandlerContext): void | Promise<void>
  /** One at a time: the browser's next message waits until this one is done with. */
  message?(
    socket: HandlerSocket,
    data: string | Uint8Array,
    context: HandlerContext,
  ): void | Promise<void>
  /** Once, also when the browser just went away (1006) or `close` was called here. */
  close?(
    socket: HandlerSocket,
    why: { readonly code: number; readonly reason: string },
    context: HandlerContext,
  ): void | Promise<void>
}

/** How one route differs from the rest. */
export interface RouteOptions {
  /** Bytes of a request's body; past it 413. The server's limit unless told. */
  readonly maxBodyBytes?: number
  /** Until the head of the response; past it 504. The server's (30 s) unless told. */
  readonly timeout?: Duration
  /** Whether a request may be run again elsewhere. By its method (RFC 9110, 9.2.2) unless told. */
  readonly idempotent?: boolean
}

/** Paths as fastify has them: `/users/:id`, `/files/*`. */
export interface HttpRoute extends RouteOptions {
  /** `METHOD PATH` unless told. */
  readonly id?: string
  /** One of Node's `http.METHODS`, in capitals. */
  readonly method: string
  readonly path: string
  readonly handler: Handler
}

export interface SocketRoute extends RouteOptions {
  /** `WS PATH` unless told. */
  readonly id?: string
  readonly path: string
  readonly socket: SocketHandler
}

export type HandlerRoute = HttpRoute | SocketRoute

/**
 * The same by a table: `'GET /users/:id': handler`, `'WS /chat': { message }`. A path alone is a GET.
 */
export type RouteTable = Readonly<Record<string, Handler | SocketHandler>>

/** What a handlers' module exports as `routes`: a list, a table, or a function that makes one. */
export type RoutesExport =
  | readonly HandlerRoute[]
  | RouteTable
  | ((setup: HandlerSetup) => HandlersOf | Promise<HandlersOf>)

export type HandlersOf = readonly HandlerRoute[] | RouteTable

/** What a module that makes its routes in a function is given: the connection stands by then. */
export interface HandlerSetup {
  readonly rpc: Rpc
  readonly log: HandlerLog
  /** Fires when the process is about to end. */
  readonly draining: AbortSignal
}
