// The routes of a handler process and how each is run, whatever wire its requests come by.
import { isTielineError, TielineError } from 'tieline'
import type {
  HandlerContext,
  HandlerRequest,
  HandlerSocket,
  HttpRoute,
  SocketHandler,
  SocketRoute,
} from '../handlers/handler.js'
import { isHttpError } from '../handlers/reply.js'
import { errorResponse, responseOf } from '../handlers/response.js'
import type { CheckedRoute } from '../handlers/routes.js'
import { insideTrace, traceHandlers } from '../observe/tracing/handlers.js'
import type { Route } from '../server/backend.js'
import type {
  HandlerResponse,
  OpenSocket,
  Runtime,
  RuntimeHandle,
  RuntimeOptions,
} from './runtime.js'

/** The runtime of these routes. */
export function createRuntime(
  routes: readonly CheckedRoute[],
  options: RuntimeOptions = {},
): Runtime {
  return new Registry(routes, options)
}

class Registry implements Runtime {
  readonly routes: readonly Route[]
  readonly #handles = new Map<string, RuntimeHandle>()
  readonly #sockets = new Map<string, SocketHandler>()
  readonly #development: boolean

  constructor(routes: readonly CheckedRoute[], options: RuntimeOptions) {
    this.#development = options.development ?? false
    this.routes = routes.map(mounted)
    for (const route of routes) {
      if (isSocket(route)) this.#sockets.set(route.id, route.socket)
      else this.#handles.set(route.id, this.#handle(route, options))
    }
  }

  #handle(route: HttpRoute & { id: string }, { layers = [] }: RuntimeOptions): RuntimeHandle {
    const run: RuntimeHandle = async (request, context) =>
      responseOf(await route.handler(request, context))
    return [traceHandlers, ...layers].reduceRight(
      (inner, layer) => layer(inner, mounted(route)),
      run,
    )
  }

  async invoke(
    id: string,
    request: HandlerRequest,
    context: HandlerContext,
  ): Promise<HandlerResponse> {
    const { requestId } = request
    const handle = this.#handles.get(id)
    if (handle === undefined) return notFound(requestId)
    try {
      return await handle(request, context)
    } catch (thrown) {
      // What it says on purpose is no fault of its own, and neither is that the browser left.
      if (!isHttpError(thrown) && !context.signal.aborted) {
        context.log.error({ requestId, route: id, err: thrown }, `the handler of ${id} failed`)
      }
      return errorResponse(thrown, { requestId, development: this.#development })
    }
  }

  async open(id: string, socket: HandlerSocket, context: HandlerContext): Promise<OpenSocket> {
    const handler = this.#sockets.get(id)
    if (handler === undefined) {
      throw new TielineError('unknown-method', 'there is no such socket route', { crosses: true })
    }
    const open = new RunningSocket(handler, socket, context, id)
    await open.begin()
    return open
  }
}

function mounted(route: CheckedRoute): Route {
  const { id, path, maxBodyBytes, timeout, idempotent } = route
  return {
    id,
    kind: isSocket(route) ? 'socket' : 'http',
    method: isSocket(route) ? 'GET' : route.method,
    path,
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(timeout !== undefined && { timeout }),
    ...(idempotent !== undefined && { idempotent }),
  }
}

function isSocket(route: CheckedRoute): route is SocketRoute & { readonly id: string } {
  return 'socket' in route
}

function notFound(requestId: string): HandlerResponse {
  const error = { code: 'HANDLER_NOT_FOUND', message: 'there is no such handler', requestId }
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status: 404, headers, body: JSON.stringify({ error }) }
}

/** RFC 6455, 7.4.1: the server met something that it did not expect. */
const UNEXPECTED = 1011

class RunningSocket implements OpenSocket {
  readonly #handler: SocketHandler
  readonly #socket: HandlerSocket
  readonly #context: HandlerContext
  readonly #id: string
  #closed: Promise<void> | undefined

  constructor(handler: SocketHandler, socket: HandlerSocket, context: HandlerContext, id: string) {
    this.#handler = handler
    this.#socket = socket
    this.#context = context
    this.#id = id
  }

  begin(): Promise<void> {
    return this.#run(() => this.#handler.open?.(this.#socket, this.#context))
  }

  message(data: string | Uint8Array): Promise<void> {
    if (this.#closed !== undefined) return Promise.resolve()
    return this.#run(() => this.#handler.message?.(this.#socket, data, this.#context))
  }

  closed(code: number, reason: string): Promise<void> {
    this.#closed ??= this.#run(() =>
      this.#handler.close?.(this.#socket, { code, reason }, this.#context),
    )
    return this.#closed
  }

  async #run(step: () => void | Promise<void>): Promise<void> {
    try {
      await insideTrace(this.#context, step)
    } catch (err) {
      // What was cancelled because the browser left is no fault of the handler's.
      if (isTielineError(err, 'cancelled') && this.#context.signal.aborted) return
      const { requestId } = this.#socket.request
      this.#context.log.error({ requestId, route: this.#id, err }, `the socket ${this.#id} failed`)
      this.#socket.close(UNEXPECTED, 'the handler failed')
    }
  }
}
