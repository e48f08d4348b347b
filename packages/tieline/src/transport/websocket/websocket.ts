// WebSockets: `ws://127.0.0.1:PORT/path` and `wss://…`, for pages in a browser and for programs that
// have no other way in. Secure by default; docs/websocket.md says against what. This file connects.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { WebSocket } from 'ws'
import type { Channel } from '../../channel/channel.js'
import { systemClock } from '../../clock.js'
import { TielineError } from '../../errors.js'
import { attempt } from '../attempt.js'
import { localAddress } from '../endpoint.js'
import type { ConnectOptions, Transport } from '../transport.js'
import type { AccessOptions } from './access.js'
import {
  isLoopback,
  offeredProtocols,
  type WebSocketAddress,
  type WebSocketTuning,
  webSocketAddress,
} from './protocol.js'
import { checkTls, frameOptions, nodeChannel } from './socket.js'

/** What `websocket` takes. */
export interface WebSocketOptions extends AccessOptions, WebSocketTuning {
  /**
   * The secret that a client must show; false: none. Default: the environment's TIELINE_TOKEN, and
   * for a server without one 32 random bytes, to be read from `token` and handed to clients.
   */
  readonly token?: string | false
  /** Servers of `wss:`: key and certificate. Clients: `ca`, to trust another than the system's. */
  readonly tls?: SecureContextOptions
  /** Carry it through this local socket, `local:NAME` or `unix:/path`, in place of TCP. */
  readonly over?: string
  /**
   * Servers: listen where other machines can connect. Clients: send the token to another machine
   * without encryption.
   */
  readonly allowRemote?: boolean
  /**
   * Clients: the subprotocol to ask for, in place of `tieline`; false: none. For servers that are not
   * Tieline's; those that ask for a token are.
   */
  readonly subprotocol?: string | false
}

/** What `websocket` makes. */
export interface WebSocketTransport extends Transport {
  readonly unit: 'message'
  /** What clients must show and this one shows. Made when it is first read, if none was given. */
  readonly token: string | undefined
}

/** Bytes of a token that is made here. 32: nobody guesses 256 bits. */
const TOKEN_BYTES = 32

/**
 * A transport at a `ws:` or `wss:` endpoint. Its channels keep messages apart. Throws
 * `invalid-endpoint`. `connect` rejects with `permission-denied` when token, Host or Origin is refused.
 * @example
 * const at = websocket('ws://127.0.0.1:9001/', { origins: ['http://127.0.0.1:5173'] })
 * const server = await serve(Greeter, handlers, { at })
 * giveToPage(at.token)
 */
export function websocket(endpoint: string, options: WebSocketOptions = {}): WebSocketTransport {
  const address = webSocketAddress(endpoint)
  const { token = process.env.TIELINE_TOKEN } = options
  if (token === '') {
    const message = `the token for ${endpoint} is empty; leave it out, or write false for none`
    throw new TielineError('invalid-argument', message, { endpoint })
  }
  let made: string | undefined
  return {
    endpoint,
    unit: 'message',
    get token() {
      if (token === false) return undefined
      if (token === undefined) made ??= randomBytes(TOKEN_BYTES).toString('base64url')
      return token ?? made
    },
    async listen(listening) {
      const { listenAt } = await import('./server.js')
      return listenAt({ address, options, listening, token: this.token })
    },
    connect: (connecting = {}) => dial(address, options, connecting, token || made),
  }
}

async function dial(
  address: WebSocketAddress,
  options: WebSocketOptions,
  connecting: ConnectOptions,
  token: string | undefined,
): Promise<Channel> {
  const { endpoint } = address
  const { limits } = connecting
  checkSecrecy(address, options, token)
  const { WebSocket } = await import('ws')
  if (address.secure) await checkTls(endpoint, options.tls)
  const wsOptions = {
    ...frameOptions(limits, options),
    ...options.tls,
    ...(await socketOf(options)),
  }
  const { signal, end } = attempt(endpoint, connecting, options.clock ?? systemClock)
  try {
    signal.throwIfAborted()
    const ws = new WebSocket(endpoint, offeredProtocols(token, options.subprotocol), wsOptions)
    return await opened(ws, signal, address, options, limits)
  } finally {
    end()
  }
}

function opened(
  ws: WebSocket,
  signal: AbortSignal,
  { endpoint }: WebSocketAddress,
  options: WebSocketOptions,
  limits: ConnectOptions['limits'],
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    // The first reason counts; what ending the attempt then raises does not.
    const giveUp = (error: TielineError) => {
      reject(error)
      ws.terminate()
    }
    const onAbort = () => giveUp(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    let socket: Socket | undefined
    ws.on('upgrade', (response) => {
      socket = response.socket
    })
    ws.on('error', (error) => reject(refused(endpoint, error)))
    ws.on('unexpected-response', (_, response) => {
      giveUp(answered(endpoint, response.statusCode ?? 0))
      response.destroy()
    })
    ws.once('open', () => {
      signal.removeEventListener('abort', onAbort)
      ws.removeAllListeners('error')
      resolve(nodeChannel(ws, socket as Socket, endpoint, limits, options))
    })
  })
}

async function socketOf({ over }: WebSocketOptions) {
  if (over === undefined) return {}
  const { path } = localAddress(over)
  const { connect } = await import('node:net')
  return { createConnection: () => connect({ path }) }
}

function checkSecrecy(
  { endpoint, host, secure }: WebSocketAddress,
  options: WebSocketOptions,
  token: string | undefined,
): void {
  if (token === undefined || secure || isLoopback(host)) return
  if (options.allowRemote || options.over !== undefined) return
  const hint = 'use wss:, or set allowRemote'
  const message = `the token would cross the network in the clear to ${endpoint}; ${hint}`
  throw new TielineError('permission-denied', message, { origin: 'local', endpoint })
}

function refused(endpoint: string, cause: NodeJS.ErrnoException): TielineError {
  const { code } = cause
  // Several addresses were tried: the error of all of them has no text.
  const why = cause.message === '' ? String(code) : cause.message
  const wanting = code === 'EMFILE' || code === 'ENFILE' || code === 'ENOBUFS'
  const message = `nobody answers at ${endpoint}: ${why}`
  const known = code === 'EACCES' ? 'permission-denied' : 'connection-refused'
  const details = { origin: 'channel', endpoint, cause } as const
  return new TielineError(wanting ? 'resource-exhausted' : known, message, details)
}

function answered(endpoint: string, status: number): TielineError {
  const details = { origin: 'channel', endpoint } as const
  const refusal = `${endpoint} refused the connection with ${status}`
  if (status === 401) {
    const hint =
      'the token is missing or wrong; give both sides the same option token, or TIELINE_TOKEN in the environment'
    return new TielineError('permission-denied', `${refusal}: ${hint}`, details)
  }
  if (status === 403) {
    const hint = 'its Host or Origin is not one that the server allows'
    return new TielineError('permission-denied', `${refusal}: ${hint}`, details)
  }
  return new TielineError('connection-refused', `${refusal}; is it a Tieline server?`, details)
}
