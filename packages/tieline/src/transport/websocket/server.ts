// Listening for WebSockets: an HTTP server that answers nothing but upgrades, and those only when
// `access` finds nothing against them.
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../clock.js'
import { TielineError } from '../../errors.js'
import { limitsWith } from '../../limits.js'
import { localAddress, systemEnvironment } from '../endpoint.js'
import type { Listener, ListenOptions } from '../transport.js'
import { type Access, accessTo, refusalOf } from './access.js'
import { isLoopback, SUBPROTOCOL, type WebSocketAddress } from './protocol.js'
import { checkTls, frameOptions, nodeChannel, turnAway } from './socket.js'
import type { WebSocketOptions } from './websocket.js'

/** Bytes of a request's head. 16 KiB: cookies of other servers on this host come along. */
const HEADER_BYTES = 16 * 1024
/** How often requests that take too long are looked for, in milliseconds. */
const CHECK_MS = 1000

interface Serving {
  readonly address: WebSocketAddress
  readonly options: WebSocketOptions
  readonly listening: ListenOptions
  readonly token: string | undefined
}

/** Rejects as `Transport.listen` does, and with `permission-denied` for hosts that others can reach. */
export async function listenAt(serving: Serving): Promise<Listener> {
  const { address, options, token } = serving
  checkReach(serving)
  if (address.secure) await checkTls(address.endpoint, options.tls)
  // What is wrong with the options is found before anything is bound.
  accessTo(address, address.port, token, options)
  const server = httpServer(serving)
  const bound = await bind(server, serving)
  const access = accessTo(address, bound.port ?? address.port, token, options)
  const early = answer(server, access, serving)
  server.on('error', (error) => {
    const message = `cannot accept a connection at ${address.endpoint}: ${error.message}`
    serving.listening.failed?.(problem('resource-exhausted', message, address, error))
  })
  return {
    endpoint: endpointOn(address, bound.port),
    hold(alive) {
      if (alive) server.ref()
      else server.unref()
    },
    async close() {
      bound.close()
      for (const socket of early) socket.destroy()
    },
  }
}

function checkReach({ address, options }: Serving): void {
  const { endpoint, host, secure } = address
  if (secure && options.tls === undefined) {
    const message = `${endpoint} needs the option tls, with a key and a certificate`
    throw new TielineError('invalid-argument', message, { endpoint })
  }
  if (options.allowRemote || options.over !== undefined || isLoopback(host)) return
  const hint = 'listen on 127.0.0.1 or [::1], or set allowRemote'
  const message = `${endpoint} would be open to other machines; ${hint}`
  throw new TielineError('permission-denied', message, { origin: 'local', endpoint })
}

function httpServer({ address, options, listening }: Serving): Server {
  const { firstFrameMs, connections } = limitsWith(listening.limits)
  const limits = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: firstFrameMs,
    requestTimeout: firstFrameMs,
    connectionsCheckingInterval: CHECK_MS,
  }
  const server: Server = address.secure
    ? createSecureServer({ ...limits, ...options.tls, handshakeTimeout: firstFrameMs })
    : createServer(limits)
  // All of them are seen, and counted; Node's own limit would leave some out in silence.
  server.maxHeadersCount = 0
  // As many again may be on their way to an upgrade or a refusal.
  server.maxConnections = 2 * connections
  return server
}

interface Bound {
  readonly port: number | undefined
  close(): void
}

async function bind(server: Server, { address, options }: Serving): Promise<Bound> {
  const { endpoint, host, port } = address
  if (options.over !== undefined) {
    const environment = systemEnvironment()
    const at = localAddress(options.over, environment)
    const { bindPipe, bindSocket } = await import('../local/bind.js')
    const clock = options.clock ?? systemClock
    const where = { endpoint, address: at, uid: environment.uid, mode: 0o600, clock }
    const bound =
      at.kind === 'pipe'
        ? await bindPipe(server, endpoint, at.path)
        : await bindSocket(server, where)
    return { port: undefined, close: () => bound.close() }
  }
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(bindError(address, error))
    server.once('error', onError)
    // Asked of a resolver, a name could be any machine's.
    server.listen(
      { port, host: host === 'localhost' ? '127.0.0.1' : host, exclusive: true },
      () => {
        server.off('error', onError)
        resolve()
      },
    )
  })
  const found = server.address()
  if (found === null || typeof found === 'string') throw new TypeError(`${endpoint} has no port`)
  return { port: found.port, close: () => server.close() }
}

function bindError(address: WebSocketAddress, error: NodeJS.ErrnoException): TielineError {
  const { endpoint } = address
  if (error.code === 'EADDRINUSE') {
    return problem('endpoint-in-use', `${endpoint} is in use by another server`, address, error)
  }
  const denied = error.code === 'EACCES' || error.code === 'EPERM'
  const message = `cannot listen at ${endpoint}: ${error.message}`
  return problem(denied ? 'permission-denied' : 'invalid-endpoint', message, address, error)
}

function problem(
  code: string,
  message: string,
  { endpoint }: WebSocketAddress,
  cause?: unknown,
): TielineError {
  return new TielineError(code, message, { origin: 'channel', endpoint, cause })
}

/** Answers what comes. Returns the sockets that are not WebSockets yet. */
function answer(server: Server, access: Access, serving: Serving): Set<Socket> {
  const { address, options, listening } = serving
  const { connections } = limitsWith(listening.limits)
  const endpoint = endpointOn(address, options.over === undefined ? portOf(server) : undefined)
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // The one that carries the token is never sent back.
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    ...frameOptions(listening.limits, options),
  })
  upgrades.on('wsClientError', (error, socket) => {
    refuse(socket as Socket, 400, error.message)
  })
  const refuse = (socket: Socket, status: number, why: string): void => {
    respond(socket, status)
    const code = status === 400 ? 'malformed' : 'permission-denied'
    listening.failed?.(problem(code, `${endpoint} refused a connection: ${why}`, address))
  }
  const early = new Set<Socket>()
  server.on(address.secure ? 'secureConnection' : 'connection', (socket: Socket) => {
    early.add(socket)
    socket.once('close', () => early.delete(socket))
    // Whatever becomes of it, an error of a single socket never reaches the process.
    socket.on('error', () => {})
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = statusOf(error)
    if (status !== undefined && socket.writable) refuse(socket as Socket, status, error.message)
    // Not HTTP: gone by itself, or no TLS where TLS was due. There is no way to answer.
    else socket.destroy()
  })
  server.on('request', (_, response) => {
    response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
  })
  let open = 0
  server.on('upgrade', (request: IncomingMessage, stream, head) => {
    const socket = stream as Socket
    const refusal = refusalOf(request, access)
    if (refusal !== undefined) {
      refuse(socket, refusal.status, refusal.why)
      return
    }
    upgrades.handleUpgrade(request, socket, head, (ws) => {
      early.delete(socket)
      if (open >= connections) {
        turnAway(ws)
        const message = `${endpoint} turned a connection away: the limit connections is ${connections}`
        listening.failed?.(problem('resource-exhausted', message, address))
        return
      }
      open += 1
      socket.once('close', () => {
        open -= 1
      })
      listening.accept(nodeChannel(ws, socket, endpoint, listening.limits, options))
    })
  })
  return early
}

/** How a request that cannot be read is answered; undefined: not at all. */
function statusOf({ code = '' }: NodeJS.ErrnoException): number | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code.startsWith('HPE_') ? 400 : undefined
}

/** The reason stays here: a page that may not connect is told nothing about why. */
function respond(socket: Socket, status: number): void {
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`
  socket.once('finish', () => socket.destroy())
  socket.end(`${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function portOf(server: Server): number | undefined {
  const found = server.address()
  return found === null || typeof found === 'string' ? undefined : found.port
}

/** The endpoint as a client dials it: where port 0 was asked for, with the port that was found. */
function endpointOn({ endpoint, port }: WebSocketAddress, found: number | undefined): string {
  if (port !== 0 || found === undefined) return endpoint
  return endpoint.replace(/:0(?=\/|$)/, `:${found}`)
}
