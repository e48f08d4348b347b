// Our handlers behind the original's server: a listener at its `ipc_socket_path` that answers as the
// original's TypeScript side does, with the same runtime that serves our own wire.
import { fail, type Limits } from 'tieline'
import { type Call, type Caller, Peer } from 'tieline/peer'
import type { HandlerLog, HandlersOf } from '../../handlers/handler.js'
import { silentLog } from '../../handlers/log.js'
import { routesOf } from '../../handlers/routes.js'
import { createRuntime } from '../../runtime/registry.js'
import type { Runtime } from '../../runtime/runtime.js'
import { acceptPeers } from '../wire/accept.js'
import { FRAME_BYTES } from '../wire/frames.js'
import type { WireRequest } from '../wire/messages.js'
import { handlersPath, handlersTransport, type PlaceOptions } from '../wire/place.js'
import { Answer } from './answer.js'
import { CallContext, type ContextParts } from './context.js'
import { handlersProtocol } from './dialect.js'
import { receivedRequest } from './request.js'
import { Sockets } from './sockets.js'

/**
 * Milliseconds until a handler's first answer. 29 s: the original gives up after 30 s with a bare 500,
 * and a 504 that comes before says what happened.
 */
const HANDLER_MS = 29_000
export interface OriginalHandlersOptions extends PlaceOptions {
  /** `ipc_socket_path`: an endpoint or an absolute path. A private directory of this user unless told. */
  readonly at?: string
  /** Functions of the server's process: see `connectOriginalRpc`. */
  readonly rpc?: Caller
  readonly log?: HandlerLog
  /** Milliseconds until a handler's first answer; past it the browser gets 504. 29,000 unless told. */
  readonly timeoutMs?: number
  /** `frameBytes` is 17 MiB unless told; the original takes up to 100 MiB. */
  readonly limits?: Partial<Limits>
  /** The listener or a connection has trouble. Told, not thrown. */
  readonly failed?: (error: Error) => void
}

export interface OriginalHandlers {
  /** The path for the original's `ipc_socket_path`. */
  readonly path: string
  /** What is served: `configRoutes` makes the original's configuration of it. */
  readonly routes: Runtime['routes']
  /** Connections that stand: one for each request in flight, as the original's server makes them. */
  readonly connections: number
  /** Stops listening, lets requests in flight finish within the time (10 s), and removes the socket. Never rejects. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

/**
 * Listens for the original's server. Rejects with `endpoint-in-use`, `permission-denied`,
 * `invalid-endpoint`, or `invalid-argument` for a route that is none.
 * @example
 * const handlers = await serveOriginalHandlers({ 'GET /hello/:name': ({ params }) => params.name })
 */
export async function serveOriginalHandlers(
  handlers: HandlersOf | Runtime,
  options: OriginalHandlersOptions = {},
): Promise<OriginalHandlers> {
  const { log = silentLog, failed, timeoutMs = HANDLER_MS } = options
  const runtime = isRuntime(handlers) ? handlers : createRuntime(routesOf(handlers))
  const limits = { frameBytes: FRAME_BYTES, ...options.limits }
  const parts: ContextParts = { rpc: options.rpc, log }
  const known = new Set(runtime.routes.filter(({ kind }) => kind === 'http').map(({ id }) => id))

  const invoke = (call: Call): Answer => {
    const id = call.method
    if (!known.has(id)) throw fail('unknown-method', `Handler ${id.slice(0, 100)} not found`)
    const request = receivedRequest(call.params as WireRequest)
    const context = new CallContext(call, parts, request.headers, 'request')
    return new Answer(id, () => runtime.invoke(id, request, context))
  }

  const accepting = await acceptPeers(handlersTransport(options.at, options), {
    limits,
    failed,
    peer(channel) {
      const peer: Peer = new Peer(channel, {
        protocol: handlersProtocol(timeoutMs),
        role: 'server',
        service: (call) => (call.kind === 'notify' ? sockets.take(call) : invoke(call)),
        limits,
      })
      const sockets = new Sockets(runtime, peer, parts)
      void peer.closed.then(() => sockets.abandon())
      return peer
    },
  })
  return {
    path: handlersPath(options.at),
    routes: runtime.routes,
    get connections() {
      return accepting.connections
    },
    close: accepting.close,
  }
}

function isRuntime(handlers: HandlersOf | Runtime): handlers is Runtime {
  return typeof (handlers as Partial<Runtime>).invoke === 'function' && 'routes' in handlers
}
