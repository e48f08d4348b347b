// WebSockets from the upgrade request to the handler: origin and host are checked first, then the
// layers, then a handler must take it; only then the browser is told 101.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { isTielineError, milliseconds } from 'tieline'
import { type WebSocket, WebSocketServer } from 'ws'
import type { HandlerLog } from '../handlers/handler.js'
import type { Access } from './access.js'
import type { Backend, BridgeRequest, BridgeResponse, InvokeContext, Route } from './backend.js'
import { Browser } from './browser-socket.js'
import { goneSignal, headersOf, type Unhandled } from './exchange.js'
import { errorResponse, failureResponse } from './failure.js'
import type { Handle } from './middleware.js'
import { leaveBody, write } from './write.js'

export interface SocketsOptions {
  /** The layers around `connecting`. */
  readonly handle: Handle
  readonly access: Access
  readonly timeoutMs: number
  /** Bytes of one message of a browser; past it the socket is closed with 1009. */
  readonly maxMessageBytes: number
  readonly development: boolean
  readonly log: HandlerLog
  /** Told of what was answered without asking the layers. */
  readonly unhandled?: Unhandled
}

/** Milliseconds between pings. 30 s: shorter than the idle time of common proxies. */
const PING_MS = 30_000

const SWITCHING: BridgeResponse = Object.freeze({ status: 101, headers: {}, body: undefined })

/** What `handle` does at its innermost for a socket: a handler takes it. */
export async function connecting(
  backend: Backend,
  request: BridgeRequest,
  context: InvokeContext,
): Promise<BridgeResponse> {
  const browser = request.browser as Browser
  browser.handler = await backend.connect(request, browser, context)
  return SWITCHING
}

const UPGRADE = Symbol('upgrade')

type Upgrading = IncomingMessage & { [UPGRADE]?: { socket: Duplex; head: Buffer } }

/** Marks a request as one that came as an upgrade, on its way through the router. */
export function asUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  ;(request as Upgrading)[UPGRADE] = { socket, head }
}

export interface Asking {
  readonly route: Route
  readonly requestId: string
  readonly params: Readonly<Record<string, string>>
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

export class Sockets {
  readonly #options: SocketsOptions
  readonly #server: WebSocketServer
  /** Whether each answered the last ping. */
  readonly #open = new Map<WebSocket, boolean>()
  readonly #timer: NodeJS.Timeout
  #count = 0

  constructor(options: SocketsOptions) {
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      // Memory for each socket, and a way to learn secrets by lengths: not worth it on one machine.
      perMessageDeflate: false,
    })
    this.#timer = setInterval(() => this.#ping(), PING_MS)
    this.#timer.unref()
  }

  get size(): number {
    return this.#open.size
  }

  /** Brings an upgrade to its handler, or answers why not. Never rejects. */
  async connect(asking: Asking): Promise<void> {
    const { route, requestId, request, response } = asking
    const { access, log, development } = this.#options
    const upgrade = (request as Upgrading)[UPGRADE]
    if (upgrade === undefined || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      this.#refuse(asking, upgradeRequired(requestId, development))
      return
    }
    const refusal = access.refusalOf(request)
    if (refusal !== undefined) {
      log.warn({ requestId, route: route.id }, `${route.id}: refused a socket: ${refusal.why}`)
      const told = { status: refusal.status, code: 'FORBIDDEN', message: 'not allowed' }
      this.#refuse(asking, errorResponse(told, { requestId, development }))
      return
    }
    const browser = new Browser(`s${++this.#count}`)
    let answered: BridgeResponse
    try {
      answered = await this.#options.handle(asked(asking, browser), this.#context(asking))
    } catch (error) {
      browser.refused()
      if (request.socket.destroyed) return
      const code = isTielineError(error) ? error.code : 'internal'
      log.warn({ requestId, route: route.id, code }, `${route.id}: ${String(error)}`)
      this.#answer(asking, failureResponse(error, { requestId, development }))
      return
    }
    if (answered.status !== 101) {
      browser.refused()
      this.#answer(asking, answered)
      return
    }
    this.#upgrade(request, response, upgrade, browser)
  }

  /** Asks every browser to go: 1001, this end is going away. */
  close(): void {
    clearInterval(this.#timer)
    for (const socket of this.#open.keys()) socket.close(1001, 'the server is closing')
  }

  abort(): void {
    clearInterval(this.#timer)
    for (const socket of this.#open.keys()) socket.terminate()
  }

  #context({ route, request }: Asking): InvokeContext {
    const { timeoutMs } = this.#options
    return {
      signal: goneSignal(request.socket),
      timeoutMs: route.timeout === undefined ? timeoutMs : milliseconds(route.timeout),
      meta: {},
    }
  }

  #upgrade(
    request: IncomingMessage,
    response: ServerResponse,
    { socket, head }: { socket: Duplex; head: Buffer },
    browser: Browser,
  ): void {
    if (socket.destroyed) {
      browser.refused()
      return
    }
    // The response was there for a refusal; from now on the socket is the WebSocket's.
    response.detachSocket(request.socket)
    // Told also when the handshake is refused, by a key or a version that is wrong.
    const failed = (): void => browser.refused()
    socket.once('close', failed)
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      socket.off('close', failed)
      this.#open.set(opened, true)
      opened.on('pong', () => this.#open.set(opened, true))
      opened.once('close', () => this.#open.delete(opened))
      browser.open(opened)
    })
  }

  #refuse(asking: Asking, answered: BridgeResponse): void {
    this.#options.unhandled?.(asking.request, asking.route, answered.status)
    this.#answer(asking, answered)
  }

  #answer({ requestId, response, request }: Asking, answered: BridgeResponse): void {
    if (request.socket.destroyed) {
      leaveBody(answered)
      return
    }
    write(response, answered, { requestId, close: true }).catch(() => response.destroy())
  }

  #ping(): void {
    for (const [socket, alive] of this.#open) {
      if (!alive) {
        socket.terminate()
        continue
      }
      this.#open.set(socket, false)
      socket.ping()
    }
  }
}

function asked({ route, requestId, params, request }: Asking, browser: Browser): BridgeRequest {
  return {
    requestId,
    route,
    method: 'GET',
    url: request.url ?? '/',
    params,
    headers: headersOf(request),
    body: undefined,
    remoteAddress: request.socket.remoteAddress ?? '',
    browser,
  }
}

function upgradeRequired(requestId: string, development: boolean): BridgeResponse {
  const told = { status: 426, code: 'UPGRADE_REQUIRED', message: 'this path is a WebSocket' }
  const response = errorResponse(told, { requestId, development })
  return { ...response, headers: { ...response.headers, upgrade: 'websocket' } }
}
