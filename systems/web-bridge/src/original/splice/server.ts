// Our functions where the original's server expects a splice: with `splice_socket_path` set to this
// socket, its `.rpc` socket answers calls of them.
import type { Limits } from 'tieline'
import { Peer } from 'tieline/peer'
import { local } from 'tieline/transport'
import type { RpcFunctions } from '../../rpc/functions.js'
import { acceptPeers } from '../wire/accept.js'
import { LARGEST_FRAME_BYTES } from '../wire/frames.js'
import type { PlaceOptions } from '../wire/place.js'
import { spliceProtocol } from './dialect.js'
import { spliceFunctions } from './functions.js'

export interface SpliceServerOptions extends PlaceOptions {
  /** An absolute path, in a directory of this user's own. */
  readonly at: string
  readonly limits?: Partial<Limits>
  /** The listener or a connection has trouble. Told, not thrown. */
  readonly failed?: (error: Error) => void
}

export interface SpliceServer {
  readonly path: string
  readonly connections: number
  /** Stops listening, finishes calls in flight within the time (10 s), and removes the socket. Never rejects. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

/** Listens for hosts. Rejects with `endpoint-in-use`, `permission-denied` or `invalid-endpoint`. */
export async function serveSplice(
  functions: readonly RpcFunctions[],
  options: SpliceServerOptions,
): Promise<SpliceServer> {
  const { exports, service } = spliceFunctions(functions)
  const { at, allowSharedDirectory, failed } = options
  const limits = { frameBytes: LARGEST_FRAME_BYTES, ...options.limits }
  const transport = local(
    `unix:${at}`,
    allowSharedDirectory === undefined ? {} : { allowSharedDirectory },
  )
  const accepting = await acceptPeers(transport, {
    limits,
    failed,
    peer: (channel) =>
      new Peer(channel, {
        protocol: spliceProtocol({ role: 'splice', exports }),
        role: 'server',
        service,
        limits,
      }),
  })
  return {
    path: at,
    get connections() {
      return accepting.connections
    },
    close: accepting.close,
  }
}
