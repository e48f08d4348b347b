// Calls of functions behind the original's `splice`: what its own server does.
import type { BackoffOptions, Limits } from 'tieline'
import { Connector } from 'tieline/connector'
import { local } from 'tieline/transport'
import { type Rpc, rpcOver } from '../../rpc/rpc.js'
import { LARGEST_FRAME_BYTES } from '../wire/frames.js'
import { connectPeer } from './connection.js'
import { HEALTH_CHECK, LIST_EXPORTS } from './dialect.js'
import type { SpliceExport, SpliceHealth } from './messages.js'

export interface SpliceHostOptions {
  /** The host socket of a splice: an absolute path. */
  readonly at: string
  /** How to come back after a loss; false: never. */
  readonly reconnect?: BackoffOptions | false
  /** False: the client keeps the process alive only while calls wait. True unless told. */
  readonly hold?: boolean
  readonly limits?: Partial<Limits>
}

export interface SpliceHost extends Rpc {
  /** The functions that there are now. */
  exports(): Promise<readonly SpliceExport[]>
  /** How the other side is. The original's splice never answers: `deadline-exceeded`. */
  health(options?: { readonly timeoutMs?: number }): Promise<SpliceHealth>
  /** Says Shutdown, which ends this connection and nothing else. Never rejects. */
  close(): Promise<void>
}

/** Connects to a splice. Rejects with `connection-refused`, `connection-lost` or `deadline-exceeded`. */
export async function connectSplice(options: SpliceHostOptions): Promise<SpliceHost> {
  const transport = local(`unix:${options.at}`)
  const limits = { frameBytes: LARGEST_FRAME_BYTES, ...options.limits }
  const connector = new Connector({
    endpoint: transport.endpoint,
    async open(signal) {
      const parts = { role: 'host' } as const
      const peer = await connectPeer({ transport, limits, parts, signal, hold: options.hold })
      // The handshake has no answer of its own here: the first answer proves that it was taken.
      await peer.call(LIST_EXPORTS, undefined, { timeout: limits.firstFrameMs ?? FIRST_MS })
      return peer
    },
    reconnect: options.reconnect,
    callMs: limits.callMs,
    calls: limits.calls,
    hold: options.hold,
  })
  await connector.start()
  return Object.assign(rpcOver(connector), {
    exports: () => connector.call(LIST_EXPORTS) as Promise<readonly SpliceExport[]>,
    health: ({ timeoutMs = FIRST_MS }: { readonly timeoutMs?: number } = {}) =>
      connector.call(HEALTH_CHECK, undefined, { timeout: timeoutMs }) as Promise<SpliceHealth>,
    close: () => connector.close(),
  })
}

/** Milliseconds until the first answer, as everywhere. */
const FIRST_MS = 10_000
