// Our functions for the original's callers: a listener at `{ipc_socket_path}.rpc`.
import type { Limits } from 'tieline'
import { Peer } from 'tieline/peer'
import { type RpcFunctions, rpcService } from '../../rpc/functions.js'
import { acceptPeers } from '../wire/accept.js'
import { FRAME_BYTES } from '../wire/frames.js'
import { type PlaceOptions, rpcPath, rpcTransport } from '../wire/place.js'
import { rpcProtocol } from './dialect.js'

export interface OriginalRpcServerOptions extends PlaceOptions {
  /** `ipc_socket_path`, without `.rpc`: an endpoint or an absolute path. As `serveOriginalHandlers` has it unless told. */
  readonly at?: string
  /** `frameBytes` is 17 MiB unless told; the original takes up to 100 MiB. */
  readonly limits?: Partial<Limits>
  /** The listener or a connection has trouble. Told, not thrown. */
  readonly failed?: (error: Error) => void
}

export interface OriginalRpcServer {
  readonly path: string
  readonly connections: number
  /** Stops listening, finishes calls in flight within the time (10 s), and removes the socket. Never rejects. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

/**
 * Answers the original's rpc calls. Unlike the original it answers each as soon as it is ready, also
 * on one connection. Rejects with `endpoint-in-use`, `permission-denied` or `invalid-endpoint`.
 */
export async function serveOriginalRpc(
  functions: readonly RpcFunctions[],
  options: OriginalRpcServerOptions = {},
): Promise<OriginalRpcServer> {
  const { service } = rpcService(functions)
  // The original's clients connect when they start and may call for the first time much later.
  const idle = { firstFrameMs: Number.POSITIVE_INFINITY }
  const limits = { frameBytes: FRAME_BYTES, ...idle, ...options.limits }
  const accepting = await acceptPeers(rpcTransport(options.at, options), {
    limits,
    failed: options.failed,
    peer: (channel) =>
      new Peer(channel, { protocol: rpcProtocol(), role: 'server', service, limits }),
  })
  return {
    path: rpcPath(options.at),
    get connections() {
      return accepting.connections
    },
    close: accepting.close,
  }
}
