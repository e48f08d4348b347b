// Calls of functions of the original's server, over one connection that comes back by itself.
import type { BackoffOptions, Limits } from 'tieline'
import { Connector } from 'tieline/connector'
import { Peer } from 'tieline/peer'
import { type Rpc, rpcOver } from '../../rpc/rpc.js'
import { FRAME_BYTES } from '../wire/frames.js'
import { rpcTransport } from '../wire/place.js'
import { rpcProtocol } from './dialect.js'

export interface OriginalRpcOptions {
  /** `ipc_socket_path`, without `.rpc`: an endpoint or an absolute path. */
  readonly at?: string
  /** How to come back after a loss; false: never. */
  readonly reconnect?: BackoffOptions | false
  /** Resolve at once and connect in the background, trying until it works. False unless told. */
  readonly background?: boolean
  /** False: the client keeps the process alive only while calls wait. True unless told. */
  readonly hold?: boolean
  readonly limits?: Partial<Limits>
}

export interface OriginalRpc extends Rpc {
  /** Finishes calls in flight, closes, and does not come back. Never rejects. */
  close(): Promise<void>
}

/**
 * Calls may be made at once and at the same time: they share one connection. A call that is lost with
 * its connection rejects at once, with `connection-lost`. Streams are `unsupported` by this wire.
 * Rejects with `connection-refused` or `permission-denied`.
 * @example
 * const rpc = await connectOriginalRpc({ at: '/run/user/1000/app/zap.sock' })
 * await rpc.call('get_benchmarks', {}, { timeout: '2s' })
 */
export async function connectOriginalRpc(options: OriginalRpcOptions = {}): Promise<OriginalRpc> {
  const transport = rpcTransport(options.at)
  const limits = { frameBytes: FRAME_BYTES, ...options.limits }
  const connector = new Connector({
    endpoint: transport.endpoint,
    async open(signal) {
      const channel = await transport.connect({ limits, signal })
      const { hold } = options
      return new Peer(channel, { protocol: rpcProtocol(), role: 'client', limits, hold })
    },
    reconnect: options.reconnect,
    callMs: limits.callMs,
    calls: limits.calls,
    hold: options.hold,
  })
  if (options.background) connector.startInBackground()
  else await connector.start()
  return Object.assign(rpcOver(connector), { close: () => connector.close() })
}
