// Handlers in the original's TypeScript runtime behind our server: a backend that speaks to its handler
// socket, keeps the statuses of errors and passes streams on as they come.
import { type Limits, TielineError } from 'tieline'
import type { Peer } from 'tieline/peer'
import type {
  Backend,
  BackendHealth,
  BackendSocket,
  BridgeRequest,
  BridgeResponse,
  BrowserSocket,
  InvokeContext,
  Route,
} from '../../server/backend.js'
import { FRAME_BYTES } from '../wire/frames.js'
import type { HandlerResponseMessage, InvokeHandler, StreamStart } from '../wire/messages.js'
import { handlersTransport } from '../wire/place.js'
import { Connections } from './connections.js'
import { HEALTH } from './dialect.js'
import { NotText, textBody, wireRequest } from './request.js'
import { errorResponse, jsonResponse, responseOf } from './response.js'
import { BackendSockets } from './sockets.js'

export interface OriginalBackendOptions {
  /** `ipc_socket_path`, where the original's handlers listen: an endpoint or an absolute path. */
  readonly at?: string
  /** What is served. The id of each is the original's `handler_id`: see `routesOfConfig`. */
  readonly routes: readonly Route[]
  /** Show the messages of handlers' own errors. False unless told. */
  readonly development?: boolean
  /** `frameBytes` is 17 MiB unless told; the original writes up to 100 MiB. */
  readonly limits?: Partial<Limits>
}

export interface OriginalBackend extends Backend {
  /** Asks the handlers' process how it is. False: it does not answer. */
  check(options?: { readonly timeoutMs?: number }): Promise<boolean>
}

/** A backend of the original's handlers. They need not be there yet: until then requests are `unavailable`. */
export function originalBackend(options: OriginalBackendOptions): OriginalBackend {
  return new HandlerSocketBackend(options)
}

class HandlerSocketBackend implements OriginalBackend {
  readonly routes: readonly Route[]
  readonly #connections: Connections
  readonly #sockets: BackendSockets
  readonly #development: boolean
  #inFlight = 0
  #closing = false
  #drained: (() => void) | undefined

  constructor(options: OriginalBackendOptions) {
    this.routes = options.routes
    this.#development = options.development ?? false
    this.#connections = new Connections({
      transport: handlersTransport(options.at),
      limits: { frameBytes: FRAME_BYTES, ...options.limits },
      told: (call) => this.#sockets.told(call),
    })
    this.#sockets = new BackendSockets(this.#connections, () => this.#checkDrained())
  }

  /** The routes are given and stay. */
  watchRoutes(_changed: () => void): () => void {
    return () => {}
  }

  get inFlight(): number {
    return this.#inFlight + this.#sockets.size
  }

  async invoke(request: BridgeRequest, context: InvokeContext): Promise<BridgeResponse> {
    this.#refuseWhenClosing()
    this.#inFlight++
    let streams = false
    try {
      const exchange = await this.#begin(request, context)
      const { head } = exchange
      if (head.type === 'handler_response') await exchange.finish()
      else streams = true
      return responseOf(head, new StreamBody(exchange, () => this.#done()))
    } catch (error) {
      if (error instanceof NotText) {
        const { requestId } = request
        return jsonResponse(415, { code: 'NOT_TEXT', message: error.message, requestId })
      }
      const response = errorResponse(error, request.requestId, this.#development)
      if (response === undefined) throw error
      return response
    } finally {
      if (!streams) this.#done()
    }
  }

  async connect(
    request: BridgeRequest,
    browser: BrowserSocket,
    context: InvokeContext,
  ): Promise<BackendSocket> {
    this.#refuseWhenClosing()
    return this.#sockets.connect(request, browser, context.timeoutMs)
  }

  async check({ timeoutMs = 5000 }: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    let peer: Peer | undefined
    try {
      peer = await this.#connections.take()
      await peer.call(HEALTH, undefined, { timeout: timeoutMs })
      this.#connections.release(peer)
      return true
    } catch {
      // Nobody there, or one that does not answer: that is what was asked.
      if (peer !== undefined) this.#connections.retire(peer)
      return false
    }
  }

  health(): BackendHealth {
    const ready = this.#connections.reachable !== false && !this.#closing
    const state = this.#closing ? 'draining' : ready ? 'ready' : 'dead'
    const { pid } = this.#connections
    const { inFlight } = this
    return {
      ready: ready ? 1 : 0,
      wanted: 1,
      inFlight,
      restarts: 0,
      processes: [{ id: 'original', pid, state, inFlight }],
    }
  }

  async close({ withinMs = 10_000 }: { readonly withinMs?: number } = {}): Promise<void> {
    this.#closing = true
    this.#sockets.close()
    const until = performance.now() + withinMs
    if (this.inFlight > 0) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, withinMs)
        this.#drained = () => {
          clearTimeout(late)
          resolve()
        }
      })
    }
    await this.#connections.close(Math.max(0, until - performance.now()))
  }

  async #begin(request: BridgeRequest, context: InvokeContext): Promise<Exchange> {
    const { signal, timeoutMs } = context
    const until = performance.now() + timeoutMs
    const body = await textBody(request)
    const peer = await this.#connections.take(signal)
    const exchange = new Exchange(peer, this.#connections)
    const invocation: InvokeHandler = {
      type: 'invoke_handler',
      handler_id: request.route.id,
      request: wireRequest(request, body),
    }
    await exchange.begin(invocation, signal, Math.max(1, until - performance.now()))
    return exchange
  }

  #refuseWhenClosing(): void {
    if (!this.#closing) return
    const message = 'the connection to the original is closing'
    throw new TielineError('unavailable', message, { origin: 'channel' })
  }

  #done(): void {
    this.#inFlight--
    this.#checkDrained()
  }

  #checkDrained(): void {
    if (this.inFlight === 0) this.#drained?.()
  }
}

/** One invocation on a connection that nobody else uses meanwhile. */
class Exchange {
  readonly #peer: Peer
  readonly #connections: Connections
  #answer: AsyncIterableIterator<unknown> | undefined
  #head: HandlerResponseMessage | StreamStart | undefined
  #over = false

  constructor(peer: Peer, connections: Connections) {
    this.#peer = peer
    this.#connections = connections
  }

  get head(): HandlerResponseMessage | StreamStart {
    return this.#head as HandlerResponseMessage | StreamStart
  }

  /** Rejects with what ends it before its head. */
  async begin(invocation: InvokeHandler, signal: AbortSignal, timeout: number): Promise<void> {
    const options = { signal, timeout }
    this.#answer = this.#peer.stream(invocation.handler_id, invocation, options)
    const first = await this.#next()
    this.#head = first.value as HandlerResponseMessage | StreamStart
  }

  async chunk(): Promise<IteratorResult<Uint8Array>> {
    return (await this.#next()) as IteratorResult<Uint8Array>
  }

  /** The head was all: the connection takes the next request. */
  async finish(): Promise<void> {
    if (!this.#over) await this.#next()
  }

  /** In the middle of it. This wire cannot say so: the connection is not used again. */
  async leave(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#answer?.return?.()
    this.#connections.retire(this.#peer)
  }

  async #next(): Promise<IteratorResult<unknown>> {
    const answer = this.#answer as AsyncIterableIterator<unknown>
    try {
      const step = await answer.next()
      if (step.done === true) this.#end()
      return step
    } catch (error) {
      // An error message ends the answer as its last message would; after any other the connection is
      // in the middle of something.
      if (!this.#over && isRemote(error)) this.#end()
      else await this.leave()
      throw error
    }
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#connections.release(this.#peer)
  }
}

function isRemote(error: unknown): boolean {
  return (error as Partial<TielineError>).origin === 'remote'
}

/** Written out, not a generator: one that waits for its next chunk could not be left. */
class StreamBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #exchange: Exchange
  #done: (() => void) | undefined

  constructor(exchange: Exchange, done: () => void) {
    this.#exchange = exchange
    this.#done = done
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const step = await this.#exchange.chunk()
      if (step.done === true) this.#settle()
      return step
    } catch (error) {
      this.#settle()
      throw error
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#exchange.leave()
    this.#settle()
    return { done: true, value: undefined }
  }

  #settle(): void {
    this.#done?.()
    this.#done = undefined
  }
}
