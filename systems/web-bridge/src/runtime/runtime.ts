// What runs handlers, under whatever wire the requests come by: our own listener and the original's
// both look routes up here and call them the same way.
import type {
  HandlerContext,
  HandlerRequest,
  HandlerSocket,
  ResponseHeaders,
} from '../handlers/handler.js'
import type { Route } from '../server/backend.js'

/** A handler's answer, ready for a wire. */
export interface HandlerResponse {
  readonly status: number
  /** Lower-case names; checked: no CR, LF or NUL in any of them. */
  readonly headers: ResponseHeaders
  /** A stream must be read to its end or left by `return()`. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
}

/** One socket between its opening and its close. */
export interface OpenSocket {
  /** Resolves when the handler is done with it. Never rejects. */
  message(data: string | Uint8Array): Promise<void>
  /** The browser's side is closed. Resolves when the handler has been told; only the first call counts. */
  closed(code: number, reason: string): Promise<void>
}

/** A layer in the handler's process, around every handler: for the tracing of what happens there. */
export type RuntimeLayer = (next: RuntimeHandle, route: Route) => RuntimeHandle
export type RuntimeHandle = (
  request: HandlerRequest,
  context: HandlerContext,
) => Promise<HandlerResponse>

export interface Runtime {
  readonly routes: readonly Route[]
  /**
   * Runs the handler of a route. Never rejects: an id that is unknown becomes 404, what the handler
   * throws the response that `HttpError` asks for, or 500 with the request's id and no stack (with the
   * stack in development). The original error goes to the log.
   */
  invoke(id: string, request: HandlerRequest, context: HandlerContext): Promise<HandlerResponse>
  /**
   * Opens a socket at its handler. Rejects `unknown-method` for an id that is unknown. A handler that
   * throws while it opens has its socket closed with 1011.
   */
  open(id: string, socket: HandlerSocket, context: HandlerContext): Promise<OpenSocket>
}

export interface RuntimeOptions {
  /** Show the stack of a handler's error in the 500. False unless told. */
  readonly development?: boolean
  readonly layers?: readonly RuntimeLayer[]
}
