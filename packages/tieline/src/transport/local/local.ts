// Unix sockets and Windows named pipes: `local:NAME`, `unix:/path`, `pipe:NAME`. This file connects
// and accepts; who may, is decided in access and credentials; binding is in bind.
import { lstatSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import type { Channel, CloseInfo } from '../../channel/channel.js'
import { type Clock, systemClock } from '../../clock.js'
import { isTielineError, TielineError } from '../../errors.js'
import { defaultLimits } from '../../limits.js'
import { attempt } from '../attempt.js'
import {
  type Environment,
  type LocalAddress,
  localAddress,
  systemEnvironment,
} from '../endpoint.js'
import { attachReader, salvage } from '../stream/socket-reader.js'
import { StreamChannel, type StreamUse } from '../stream/stream-channel.js'
import type { ConnectOptions, Listener, ListenOptions, Transport } from '../transport.js'
import { serverPathProblem } from './access.js'
import {
  type Allow,
  checkAllowed,
  credentialsAvailable,
  credentialsOf,
  remoteOf,
} from './credentials.js'

/** What `local` takes: who may connect, and how the socket is made. */
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

/** Milliseconds between two tries while the server's queue of newcomers is full. */
const RETRY_MS = 10

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
  const use = new SocketUse(place.options, () => {
    open -= 1
  })
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
    attachReader(socket)
    const remote = remoteOf(socket, endpoint, credentials)
    listening.accept(new StreamChannel(socket, socket, remote, use))
  }
}

async function connectTo(place: Place, connecting: ConnectOptions): Promise<Channel> {
  const clock = place.options.clock ?? systemClock
  const { signal, end } = attempt(place.endpoint, connecting, clock)
  try {
    signal.throwIfAborted()
    for (;;) {
      const channel = await tryToConnect(place, signal)
      if (channel !== undefined) return channel
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve).hold(true))
      if (signal.aborted) throw stillFull(signal.reason)
    }
  } finally {
    end()
  }
}

/** Undefined when the server lives, and its queue of newcomers is full: only Linux says so. */
async function tryToConnect(place: Place, signal: AbortSignal): Promise<Channel | undefined> {
  const { endpoint, address, options, uid } = place
  const wanted = options.server ?? (address.ownDirectory === undefined ? 'anyone' : 'same-user')
  const askKernel =
    typeof wanted === 'function' || (wanted === 'same-user' && !address.ownDirectory)
  if (wanted === 'same-user' && !(askKernel && credentialsAvailable())) checkPath(place)
  let socket: Socket
  try {
    socket = await dialOnce(address.path, signal)
  } catch (error) {
    if (isTielineError(error)) throw error
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw connectError(place, error as NodeJS.ErrnoException)
  }
  const credentials = askKernel ? credentialsOf(socket) : undefined
  const refusal = checkAllowed(wanted, credentials, uid, endpoint, 'server')
  if (refusal !== undefined) {
    socket.destroy()
    throw refusal
  }
  attachReader(socket)
  const remote = remoteOf(socket, endpoint, credentials)
  return new StreamChannel(socket, socket, remote, new SocketUse(options))
}

/** Why the attempt ended; when its time was over, with what it waited for. */
function stillFull(reason: TielineError): TielineError {
  const { code, message, endpoint } = reason
  if (code !== 'deadline-exceeded') return reason
  const why = 'too many connections wait there to be accepted'
  const details = { origin: 'channel', cause: reason, ...(endpoint && { endpoint }) } as const
  return new TielineError(code, `${message}: ${why}`, details)
}

function checkPath(place: Place): void {
  const { address, uid } = place
  if (address.kind === 'pipe' || uid === undefined) return
  const problem = serverPathProblem(address, uid)
  if (problem !== undefined) throw connectError(place, { code: 'EACCES', message: problem })
}

/** Rejects with the system's error, or with the signal's reason. */
function dialOnce(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dial({ path, allowHalfOpen: true })
    // Nothing is read before the channel is opened.
    socket.pause()
    const onAbort = () => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = () => signal.removeEventListener('abort', onAbort)
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
  if (code === 'ENOTSOCK' || code === 'EPROTOTYPE') why = `${address.path} is no stream socket`
  return new TielineError('connection-refused', `nobody answers at ${endpoint}: ${why}`, details)
}

/** How sockets are used: one for all connections of a server. */
class SocketUse implements StreamUse {
  readonly #options: LocalOptions
  readonly #closed: (() => void) | undefined

  /** `closed`: told of each socket, once, when it is closed. */
  constructor(options: LocalOptions, closed?: () => void) {
    this.#options = options
    this.#closed = closed
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

  hold(alive: boolean, socket: Socket): void {
    if (alive) socket.ref()
    else socket.unref()
  }

  salvage(take: (chunk: Uint8Array) => void, socket: Socket): void {
    salvage(socket, take)
  }

  release(why: CloseInfo, done: (why: CloseInfo) => void, socket: Socket): void {
    const closed = (): void => {
      this.#closed?.()
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
