// What the HTTP server needs of whatever runs the handlers. The pool of our own handler processes is
// one; the original's socket protocol is another.
import type { RequestHeaders, ResponseHeaders, RouteOptions } from '../handlers/handler.js'

/** A route as the server mounts it. */
export interface Route extends RouteOptions {
  /** What the backend finds the handler by. */
  readonly id: string
  readonly kind: 'http' | 'socket'
  /** Of `http.METHODS`, in capitals; GET for a socket. */
  readonly method: string
  /** As fastify has them: `/users/:id`, `/files/*`. */
  readonly path: string
}

/** One HTTP request, or the upgrade request of a WebSocket, on its way to a handler. */
export interface BridgeRequest {
  readonly requestId: string
  readonly route: Route
  readonly method: string
  /** The path with its query, as it came. */
  readonly url: string
  readonly params: Readonly<Record<string, string>>
  /** Lower-case names; several of one name joined with ', ' (cookies with '; '). */
  readonly headers: RequestHeaders
  /**
   * Bytes: all of a small body, so that the request may be sent again. An iterable: a large one or one
   * of unknown length, to be read once and as fast as it is taken; it throws `too-large` past the
   * limit, and `cancelled` when the browser leaves. Undefined: there is none.
   */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** The browser's address. */
  readonly remoteAddress: string
  /** For a route of kind 'socket': the browser's side of it. */
  readonly browser?: BrowserSocket
}

/** A response on its way to the browser. */
export interface BridgeResponse {
  readonly status: number
  /** Lower-case names. The server sets `content-length` for a body that is not a stream. */
  readonly headers: ResponseHeaders
  /**
   * An iterable is asked for its next chunk when the browser has taken the last, and left (its
   * `return` called) when the browser goes away. What it throws cuts the connection: the status is
   * long gone. Undefined: no body.
   */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
}

/** What goes with one request through the layers to the backend. */
export interface InvokeContext {
  /**
   * Fires when the browser goes away. May be shared by the requests of one connection, so whoever
   * listens must stop listening.
   */
  readonly signal: AbortSignal
  /** Milliseconds for the head of the response; past them invoke rejects `deadline-exceeded`. */
  readonly timeoutMs: number
  /** Told to the handler beside the request: trace context. A layer passes on a context with more. */
  readonly meta: Readonly<Record<string, string>>
}

/** The browser's side of a WebSocket, as a backend uses it. */
export interface BrowserSocket {
  readonly id: string
  /** Resolves when there is room for more; rejects when the socket is closed. */
  send(data: string | Uint8Array): Promise<void>
  /** Idempotent. */
  close(code?: number, reason?: string): void
}

/** The handler's side of a WebSocket, as the server uses it. */
export interface BackendSocket {
  /** A message of the browser. The next one is read when it has resolved. */
  message(data: string | Uint8Array): void | Promise<void>
  /** The browser's socket has closed. Called once, last. */
  closed(code: number, reason: string): void
}

export interface BackendHealth {
  /** Handler processes that take requests. */
  readonly ready: number
  /** How many there should be. */
  readonly wanted: number
  readonly inFlight: number
  /** Process restarts since the start. */
  readonly restarts: number
  readonly processes: readonly ProcessHealth[]
}

export interface ProcessHealth {
  readonly id: string
  readonly pid: number | undefined
  readonly state: 'ready' | 'draining' | 'dead'
  readonly inFlight: number
}

/**
 * Errors of `invoke` and `connect` by their code: `unavailable` (nobody takes requests; 503, its
 * `data` may be `{ retryAfterSeconds }`), `connection-lost` (the process died; 502),
 * `deadline-exceeded` (504), `cancelled` (the browser has gone), `too-large` (413),
 * `resource-exhausted` (503), `malformed` (the peer's answer made no sense; 502). Anything else is 500.
 */
export interface Backend {
  /** What it serves at this moment. */
  readonly routes: readonly Route[]
  /** Calls `changed` when `routes` is another list. Returns how to stop that. */
  watchRoutes(changed: () => void): () => void
  /** Resolves with the head and what gives the body. A handler's own failure is a response, not an error. */
  invoke(request: BridgeRequest, context: InvokeContext): Promise<BridgeResponse>
  /** Brings a WebSocket to its handler. Resolves when the handler has it; `browser` may be used before. */
  connect(
    request: BridgeRequest,
    browser: BrowserSocket,
    context: InvokeContext,
  ): Promise<BackendSocket>
  health(): BackendHealth
  /** Requests, bodies and sockets that are not finished. */
  readonly inFlight: number
  /** Takes no more, finishes what is in flight within the time, and ends what it started. Never rejects. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}
