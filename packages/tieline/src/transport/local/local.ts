// Unix sockets and Windows named pipes: `local:NAME`, `unix:/path`, `pipe:NAME`. This file connects
// and accepts; who may, is decided in local-access and credentials; binding is in local-bind.
import { lstatSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import type { Channel, CloseInfo } from '../../channel/channel.js'
import { type Clock, systemClock } from '../../clock.js'
import { isTielineError, TielineError } from '../../errors.js'
import { defaultLimits } from '../../limits.js'
import { cancelled } from '../attempt.js'
import {
  type Environment,
  type LocalAddress,
  localAddress,
  systemEnvironment,
} from '../endpoint.js'
import { attachReader, SocketReader, salvage } from '../stream/socket-reader.js'
import { StreamChannel, type StreamParts } from '../stream/stream-channel.js'
import type { ConnectOptions, Listener, ListenOptions, Transport } from '../transport.js'
import { serverPathProblem } from './access.js'
import {
  type Allow,
  checkAllowed,
  credentialsAvailable,
  credentialsOf,
  remoteOf,
} from './credentials.js'

export interface LocalOptions {
  /**
   * Servers: who may connect, by the kernel's word, asked before a byte is read. Default 'same-user'
   * (root counts as that), or 'anyone' when `mode` opens the socket to others. Where the kernel does
   * not tell (no koffi, not Linux), 'same-user' rests on the modes of directory and socket, and
   * anything more than those can hold is refused by `listen` with `unsupported`.
   */
  readonly allow?: Allow
  /** Clients: whose server to talk to. Default 'same-user' (or root) for `local:`, else 'anyone'. */
  readonly server?: Allow
  /** Servers: mode of the socket of a `unix:` endpoint. Default 0o600. */
  readonly mode?: number
  /** Servers: bind a `unix:` endpoint in a directory that others can write to, such as /tmp. */
  readonly allowSharedDirectory?: boolean
  /** Bytes not yet taken by the system before `send` returns false. Default 64 KiB. */
  readonly highWater?: number
  /** What the path of a `local:` endpoint depends on. Default: this process's. */
  readonly environment?: Environment
  readonly clock?: Clock
}

/** Milliseconds between attempts while the server's queue of newcomers is full, and all of them together. */
const RETRY_MS = 10
const RETRY_FOR_MS = 2000

/** A transport at a local endpoint. Throws `invalid-endpoint` or `invalid-argument`. */
export function local(endpoint: string, options: LocalOptions = {}): Transport {
  const environment = options.environment ?? systemEnvironment()
  const address = localAddress(endpoint, environment)
  const opened = ((options.mode ?? 0o600) & 0o077) !== 0
  if (opened && address.ownDirectory !== undefined) {
    const message = `${endpoint} is for one user, in a directory of mode 0700; for a wider mode use unix:`
    throw new TielineError('invalid-argument', message, { endpoint })
  }
  const place: Place = { endpoint, address, options, uid: environment.uid }
  return {
    endpoint,
    listen: (listening) => listenAt(place, listening),
    connect: (connecting = {}) => connectTo(place, connecting),
  }
}

interface Place {
  readonly endpoint: string
  readonly address: LocalAddress
  readonly options: LocalOptions
  readonly uid: number | undefined
}

async function listenAt(place: Place, listening: ListenOptions): Promise<Listener> {
  const { endpoint, address, options } = place
  const mode = options.mode ?? 0o600
  const allow = options.allow ?? ((mode & 0o077) === 0 ? 'same-user' : 'anyone')
  checkDecidable(place, allow, mode)
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  server.on('connection', acceptor(place, allow, listening))
  const clock = options.clock ?? systemClock
  // A client never needs this half.
  const { bindPipe, bindSocket } = await import('./bind.js')
  const bound =
    address.kind === 'pipe'
      ? await bindPipe(server, endpoint, address.path)
      : await bindSocket(server, {
          ...place,
          mode,
          clock,
          allowShared: options.allowSharedDirectory,
        })
  server.on('error', (error) => listening.failed?.(acceptFailed(endpoint, error)))
  return {
    endpoint,
    hold(alive) {
      if (alive) server.ref()
      else server.unref()
    },
    close: async () => bound.close(),
  }
}

function checkDecidable({ endpoint, address, uid }: Place, allow: Allow, mode: number): void {
  if (allow === 'anyone' || (address.kind === 'socket' && credentialsAvailable())) return
  if (allow === 'same-user' && ((mode & 0o077) === 0 || uid === undefined)) return
  const message = `cannot check who connects to ${endpoint}: that needs Linux and the package koffi`
  throw new TielineError('unsupported', message, { origin: 'local', endpoint })
}

function acceptFailed(endpoint: string, error: Error): TielineError {
  const message = `cannot accept a connection at ${endpoint}: ${error.message}`
  return new TielineError('resource-exhausted', message, {
    origin: 'channel',
    endpoint,
    cause: error,
  })
}

function acceptor(place: Place, allow: Allow, listening: ListenOptions): (socket: Socket) => void {
  const { endpoint, uid } = place
  const limit = listening.limits?.connections ?? defaultLimits.connections
  let open = 0
  const closed = (): void => {
    open -= 1
  }
  const turnAway = (socket: Socket, error: TielineError): void => {
    // Whatever becomes of it, an error of a single socket never reaches the process.
    socket.on('error', () => {}).destroy()
    listening.failed?.(error)
  }
  return (socket) => {
    if (open >= limit) {
      const message = `${endpoint} turned a connection away: the limit connections is ${limit}`
      const details = { origin: 'channel', endpoint } as const
      turnAway(socket, new TielineError('resource-exhausted', message, details))
      return
    }
    const credentials = allow === 'anyone' ? undefined : credentialsOf(socket)
    const refusal = checkAllowed(allow, credentials, uid, endpoint, 'client')
    if (refusal !== undefined) {
      turnAway(socket, refusal)
      return
    }
    open += 1
    const reader = new SocketReader()
    const attached = attachReader(socket, reader)
    const remote = remoteOf(socket, endpoint, credentials)
    const parts = new SocketParts(socket, remote, place.options, attached ? reader : undefined)
    parts.closed = closed
    listening.accept(new StreamChannel(parts))
  }
}

async function connectTo(place: Place, connecting: ConnectOptions): Promise<Channel> {
  const { endpoint, address, options, uid } = place
  const { signal } = connecting
  const clock = options.clock ?? systemClock
  const wanted = options.server ?? (address.ownDirectory === undefined ? 'anyone' : 'same-user')
  const askKernel =
    typeof wanted === 'function' || (wanted === 'same-user' && !address.ownDirectory)
  const giveUp = clock.now() + RETRY_FOR_MS
  for (;;) {
    if (signal?.aborted) throw cancelled(endpoint, signal)
    const reader = new SocketReader()
    try {
      if (wanted === 'same-user' && !(askKernel && credentialsAvailable())) checkPath(place)
      const socket = await dialOnce(address.path, reader, endpoint, signal)
      const credentials = askKernel ? credentialsOf(socket) : undefined
      const refusal = checkAllowed(wanted, credentials, uid, endpoint, 'server')
      if (refusal === undefined) {
        const remote = remoteOf(socket, endpoint, credentials)
        return new StreamChannel(new SocketParts(socket, remote, options, reader))
      }
      socket.destroy()
      throw refusal
    } catch (error) {
      if (isTielineError(error)) throw error
      // Linux: the server lives, and its queue of newcomers is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || clock.now() >= giveUp) {
        throw connectError(place, error as NodeJS.ErrnoException)
      }
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve).hold(true))
    }
  }
}

function checkPath(place: Place): void {
  const { address, uid } = place
  if (address.kind === 'pipe' || uid === undefined) return
  const problem = serverPathProblem(address, uid)
  if (problem !== undefined) throw connectError(place, { code: 'EACCES', message: problem })
}

function dialOnce(
  path: string,
  reader: SocketReader,
  endpoint: string,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dial({ path, onread: reader.onread, allowHalfOpen: true })
    // Nothing is read before the channel is opened.
    socket.pause()
    const onAbort = () => {
      socket.destroy()
      reject(cancelled(endpoint, signal as AbortSignal))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    const settle = () => signal?.removeEventListener('abort', onAbort)
    // Stays for the socket's life: its errors are the channel's, or come too late to matter.
    socket.on('error', (error) => {
      settle()
      reject(error)
    })
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
  })
}

function connectError(
  place: Place,
  error: { code?: string | undefined; message: string },
): TielineError {
  const { endpoint, address } = place
  const details = { origin: 'channel', endpoint, cause: error } as const
  const { code } = error
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `may not connect to ${endpoint}: ${error.message}`
    return new TielineError('permission-denied', message, details)
  }
  if (code === 'EMFILE' || code === 'ENFILE' || code === 'ENOBUFS' || code === 'ENOMEM') {
    const message = `cannot connect to ${endpoint} for want of resources: ${error.message}`
    return new TielineError('resource-exhausted', message, details)
  }
  let why = error.message
  if (code === 'ENOENT') why = `there is no ${address.path}`
  if (code === 'ECONNREFUSED') {
    const isSocket = lstatSync(address.path, { throwIfNoEntry: false })?.isSocket() ?? true
    why = `${address.path} is ${isSocket ? 'there, its server is gone' : 'no socket'}`
  }
  if (code === 'EAGAIN') why = 'too many connections are waiting to be accepted'
  if (code === 'ENOTSOCK' || code === 'EPROTOTYPE') why = `${address.path} is no stream socket`
  return new TielineError('connection-refused', `nobody answers at ${endpoint}: ${why}`, details)
}

/** A class, and no functions of its own: a server has thousands of these. */
class SocketParts implements StreamParts {
  readonly remote: Channel['remote']
  readonly reader: SocketReader | undefined
  /** Told once, when the socket is closed. */
  closed: (() => void) | undefined
  readonly #socket: Socket
  readonly #options: LocalOptions

  constructor(
    socket: Socket,
    remote: Channel['remote'],
    options: LocalOptions,
    reader: SocketReader | undefined,
  ) {
    this.remote = remote
    this.reader = reader
    this.#socket = socket
    this.#options = options
  }

  get input(): Socket {
    return this.#socket
  }

  get output(): Socket {
    return this.#socket
  }

  get linger(): boolean {
    return true
  }

  get highWater(): number | undefined {
    return this.#options.highWater
  }

  get clock(): Clock | undefined {
    return this.#options.clock
  }

  hold(alive: boolean): void {
    if (alive) this.#socket.ref()
    else this.#socket.unref()
  }

  salvage(take: (chunk: Uint8Array) => void): void {
    salvage(this.#socket, take)
  }

  release(why: CloseInfo, done: (why: CloseInfo) => void): void {
    const socket = this.#socket
    const closed = (): void => {
      this.closed?.()
      done(why)
    }
    if (socket.closed) {
      ;(this.clock ?? systemClock).soon(closed)
      return
    }
    socket.once('close', closed)
    socket.destroy()
  }
}
