// The HTTP server: a listener of Node's whose requests go through a router that is exchanged when the
// routes change, and from there to the backend.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TielineError } from 'tieline'
import type { HandlerLog } from '../handlers/handler.js'
import type { Access } from './access.js'
import type { Backend, Route } from './backend.js'
import { type ExchangeOptions, exchange, type Unhandled } from './exchange.js'
import { errorResponse } from './failure.js'
import { listening, tryAddress } from './listen.js'
import { type BridgeLayer, inLayers } from './middleware.js'
import { isPlainPath } from './paths.js'
import { buildRouter, type OwnRoute, type Router } from './router.js'
import { asUpgrade, connecting, Sockets } from './sockets.js'
import { write } from './write.js'

export interface FrontOptions {
  readonly backend: Backend
  readonly host: string
  readonly port: number
  readonly layers: readonly BridgeLayer[]
  readonly access: Access
  readonly timeoutMs: number
  readonly maxBodyBytes: number
  readonly maxMessageBytes: number
  readonly development: boolean
  readonly log: HandlerLog
  /** Told of requests that were answered without asking the layers. */
  readonly unhandled?: Unhandled
  /** Paths of the server's own, where no handler has them. */
  readonly own: readonly OwnRoute[]
}

/** Milliseconds for the head of a request. 60 s: Node's own. */
const HEADERS_MS = 60_000
/** Milliseconds that an idle connection stays. 75 s: longer than the 60 s of common proxies. */
const KEEP_ALIVE_MS = 75_000
/** An id that came with a request is taken over when it is one: it goes into headers and logs. */
const REQUEST_ID = /^[\w.:-]{1,64}$/

export class Front {
  readonly #options: FrontOptions
  readonly #server: Server
  readonly #exchange: ExchangeOptions
  readonly #sockets: Sockets
  /** Connections that have not asked for anything: Node does not count them as idle. */
  readonly #silent = new Set<Socket>()
  readonly #mark = randomBytes(5).toString('hex')
  #router: Router | undefined
  #building: Promise<void> = Promise.resolve()
  #unwatch: (() => void) | undefined
  #named = 0
  #closing = false

  constructor(options: FrontOptions) {
    this.#options = options
    const { backend, layers, development, timeoutMs, maxBodyBytes, maxMessageBytes, log } = options
    const told = options.unhandled && { unhandled: options.unhandled }
    const handle = inLayers(
      (request, context) =>
        request.browser === undefined
          ? backend.invoke(request, context)
          : connecting(backend, request, context),
      layers,
    )
    this.#exchange = { handle, timeoutMs, maxBodyBytes, development, log, ...told }
    const { access } = options
    this.#sockets = new Sockets({
      handle,
      access,
      timeoutMs,
      maxMessageBytes,
      development,
      log,
      ...told,
    })
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS })
    // An upload may take as long as it makes progress, which `exchange` watches.
    this.#server.requestTimeout = 0
    this.#server.on('connection', (socket) => {
      this.#silent.add(socket)
      socket.once('close', () => this.#silent.delete(socket))
    })
    this.#server.on('request', (request, response) => this.#route(request, response))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#server.on('clientError', (error, socket) => refuseMalformed(error, socket))
  }

  /** As a browser would write it. */
  get url(): string {
    const { host } = this.#options
    const { port } = this.#server.address() as AddressInfo
    return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
  }

  /** Resolves when the routes that were told last are the ones that are served. Never rejects. */
  get routed(): Promise<void> {
    return this.#building
  }

  get sockets(): number {
    return this.#sockets.size
  }

  /** Rejects as `listening` does, when it could not listen now. */
  tryAddress(): Promise<void> {
    return tryAddress(this.#options.host, this.#options.port)
  }

  /** Rejects with `invalid-argument` for routes that can not be, and as `listening` does. */
  async listen(): Promise<void> {
    const { backend, host, port } = this.#options
    const { faults } = await this.#build(backend.routes)
    if (faults.length > 0)
      throw new TielineError('invalid-argument', `routes: ${faults.join('; ')}`)
    this.#unwatch = backend.watchRoutes(() => this.#rebuild())
    await listening(this.#server, host, port)
  }

  /** Takes no more connections; finishes what is in flight until the time is over. Never rejects. */
  async close(withinMs: number): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    this.#unwatch?.()
    this.#sockets.close()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    for (const socket of this.#silent) socket.destroy()
    const late = setTimeout(() => {
      this.#sockets.abort()
      this.#server.closeAllConnections()
    }, withinMs)
    await closed
    clearTimeout(late)
  }

  #rebuild(): void {
    // One after the other, so that the last list is the one that stays.
    this.#building = this.#building.then(async () => {
      const { log, backend } = this.#options
      try {
        const { faults } = await this.#build(backend.routes)
        for (const fault of faults) log.error({}, `a route is left out: ${fault}`)
      } catch (error) {
        log.error({ err: error }, 'the routes stay as they were')
      }
    })
  }

  async #build(routes: readonly Route[]): Promise<Router> {
    const router = await buildRouter(routes, this.#options.own, {
      http: (route, request, response, params) => {
        const requestId = this.#requestId(request)
        void exchange({ route, requestId, params, request, response }, this.#exchange)
      },
      socket: (route, request, response, params) => {
        const requestId = this.#requestId(request)
        void this.#sockets.connect({ route, requestId, params, request, response })
      },
      missing: (request, response) =>
        this.#answer(request, response, 404, 'NOT_FOUND', 'there is nothing at this path'),
      unreadable: (request, response) =>
        this.#answer(request, response, 400, 'BAD_PATH', 'the path can not be read'),
    })
    this.#router = router
    return router
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    this.#silent.delete(request.socket)
    if (this.#closing) response.setHeader('connection', 'close')
    if (isPlainPath(request.url ?? '')) this.#router?.route(request, response)
    else this.#answer(request, response, 400, 'BAD_PATH', 'the path can not be read')
  }

  /** A refusal is an ordinary response; `ws` takes over once a handler has the socket. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // What happens to the connection from here on is told by its close.
    socket.on('error', () => {})
    const response = new ServerResponse(request)
    response.assignSocket(socket as Socket)
    response.once('finish', () => socket.end())
    asUpgrade(request, socket, head)
    this.#route(request, response)
  }

  #answer(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    code: string,
    message: string,
  ): void {
    const requestId = this.#requestId(request)
    const { development } = this.#options
    const answer = errorResponse({ status, code, message }, { requestId, development })
    const isUpgrade = request.headers.upgrade !== undefined
    this.#options.unhandled?.(request, undefined, status)
    void write(response, answer, { requestId, close: isUpgrade || hasBody(request) })
  }

  /** Counted, behind a mark of this server: unique also where several servers write one log. */
  #requestId({ headers }: IncomingMessage): string {
    const given = headers['x-request-id']
    if (typeof given === 'string' && REQUEST_ID.test(given)) return given
    return `${this.#mark}-${(++this.#named).toString(36)}`
  }
}

/** A body that nobody is going to read. */
function hasBody({ headers, complete }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers
  return !complete && (encoding !== undefined || (length !== undefined && length !== '0'))
}

/** What Node's parser refuses: two lengths, a length with an encoding, a line break where none may be. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const line =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}
