// Functions of the server's process for any other program: over the local socket where it can be had,
// over HTTP where it can not, and it says which.
import { type Caller, type ConnectionStatus, connect, type Observer } from 'tieline'
import { Bridge } from '../contract/bridge.js'
import { BRIDGE_LIMITS } from '../contract/limits.js'
import { overServer } from './over-bridge.js'
import { overHttp } from './over-http.js'
import { type Rpc, rpcOver } from './rpc.js'

/** Which way calls go. */
export type RpcWay = 'local' | 'http'

export interface RpcClientOptions {
  /** The server's endpoint. `local:web-bridge` unless told. */
  readonly at?: string
  /** Where to go while the endpoint can not be reached: `http://127.0.0.1:3000`, and the server's token. */
  readonly http?: { readonly url: string; readonly token: string }
  /** Told which way calls go, at first and whenever that changes, and why it is not the local one. */
  readonly chosen?: (way: RpcWay, why: Error | undefined) => void
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  readonly observe?: Observer
}

export interface RpcClient extends Rpc {
  /** The way that the next call goes. */
  readonly way: RpcWay
  /** Names of all functions; only over the local way. */
  names(): Promise<readonly string[]>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Connects to a server's functions. Rejects with `connection-refused` when there is no server at the
 * endpoint and no `http` to fall back to.
 * @example
 * await using rpc = await connectRpc({ at: 'local:web-bridge' })
 * await rpc.call('add', { a: 1, b: 2 }, { timeout: '2s' })
 */
export async function connectRpc(options: RpcClientOptions = {}): Promise<RpcClient> {
  const { at = 'local:web-bridge', http, chosen, signal, observe } = options
  const server = await connect(Bridge, {
    at,
    background: http !== undefined,
    limits: BRIDGE_LIMITS,
    // A program that only has this connection may end.
    hold: false,
    ...(signal && { signal }),
    ...(observe && { observe }),
  })
  const connection = server.$connection
  let way: RpcWay = 'local'
  if (http !== undefined) {
    await firstAttempt(connection)
    const look = (status: ConnectionStatus): void => {
      if (status.state === 'connecting' || status.state === 'closed') return
      const now = status.state === 'connected' ? 'local' : 'http'
      if (now === way) return
      way = now
      chosen?.(way, status.state === 'waiting' ? status.error : undefined)
    }
    if (connection.status.state === 'connected') chosen?.('local', undefined)
    else look(connection.status)
    connection.watch(look)
  } else {
    chosen?.('local', undefined)
  }
  const local = overServer(server)
  const fallback = http && overHttp(http.url, http.token)
  const now = (): Caller => (way === 'http' && fallback !== undefined ? fallback : local)
  const rpc = rpcOver({
    call: (name, params, asked) => now().call(name, params, asked),
    stream: (name, params, asked) => now().stream(name, params, asked),
    notify: (name, params, asked) => now().notify(name, params, asked),
  })
  return {
    call: (name, params, asked) => rpc.call(name, params, asked),
    stream: (name, params, asked) => rpc.stream(name, params, asked),
    notify: (name, params, asked) => rpc.notify(name, params, asked),
    of: (contract) => rpc.of(contract),
    get way() {
      return way
    },
    names: () => server.rpcNames(),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** Until the local way is known to be there or not. */
function firstAttempt(connection: {
  readonly status: ConnectionStatus
  watch(watcher: (status: ConnectionStatus) => void): () => void
}): Promise<void> {
  const decided = ({ state }: ConnectionStatus): boolean => state !== 'connecting'
  if (decided(connection.status)) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = connection.watch((status) => {
      if (!decided(status)) return
      stop()
      resolve()
    })
  })
}
