// Where the original's sockets are: the handlers' at one path, the functions' beside it. Ours are for
// their owner only, and in a directory of his own unless he names another place.
import {
  type LocalOptions,
  local,
  localAddress,
  parseEndpoint,
  type Transport,
} from 'tieline/transport'

/** The directory is made, 0700. The original's own default, /tmp/zap.sock, is used when it is named. */
export const HANDLERS_AT = 'local:web-bridge-original'

/** What follows the handlers' path in that of the functions' socket. */
const RPC_SUFFIX = '.rpc'

export interface PlaceOptions {
  /** Bind in a directory that others can write to, such as /tmp. The socket is for its owner all the same. */
  readonly allowSharedDirectory?: boolean
}

/** `ipc_socket_path`: an endpoint (`local:NAME`, `unix:/path`) or an absolute path. */
export function handlersPath(at: string = HANDLERS_AT): string {
  return localAddress(endpointOf(at)).path
}

/** The socket of the functions that belongs to `ipc_socket_path`. */
export function rpcPath(at?: string): string {
  return handlersPath(at) + RPC_SUFFIX
}

export function handlersTransport(at = HANDLERS_AT, options: PlaceOptions = {}): Transport {
  return local(endpointOf(at), localOptions(options))
}

export function rpcTransport(at?: string, options: PlaceOptions = {}): Transport {
  return local(`unix:${rpcPath(at)}`, localOptions(options))
}

function localOptions({ allowSharedDirectory }: PlaceOptions): LocalOptions {
  return allowSharedDirectory === undefined ? {} : { allowSharedDirectory }
}

function endpointOf(at: string): string {
  const endpoint = at.startsWith('/') ? `unix:${at}` : at
  parseEndpoint(endpoint)
  return endpoint
}
