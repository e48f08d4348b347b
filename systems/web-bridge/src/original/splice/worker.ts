// A process of functions under the original's `splice`, which starts it and tells it where to connect.
import { type Limits, TielineError } from 'tieline'
import type { CloseInfo } from 'tieline/channel'
import { local } from 'tieline/transport'
import type { RpcFunctions } from '../../rpc/functions.js'
import { LARGEST_FRAME_BYTES } from '../wire/frames.js'
import { connectPeer } from './connection.js'
import { spliceFunctions } from './functions.js'

/** Where `splice` tells its worker to connect. */
const SOCKET_VARIABLE = 'ZAP_SOCKET'

export interface SpliceWorkerOptions {
  /** The worker's socket: an absolute path. What ZAP_SOCKET says unless told. */
  readonly at?: string
  readonly limits?: Partial<Limits>
}

export interface SpliceWorker {
  /** Resolves when splice has ended the connection; its error is there when it was not in good order. */
  readonly closed: Promise<CloseInfo>
  close(): Promise<void>
}

/**
 * Serves functions to a splice. Rejects with `connection-refused`, or `invalid-argument` when nothing
 * says where it is.
 * @example
 * const worker = await runSpliceWorker([{ add: ({ a, b }) => a + b }])
 */
export async function runSpliceWorker(
  functions: readonly RpcFunctions[],
  options: SpliceWorkerOptions = {},
): Promise<SpliceWorker> {
  const at = options.at ?? process.env[SOCKET_VARIABLE]
  if (at === undefined) {
    const message = `a splice worker must be told where to connect: set ${SOCKET_VARIABLE}`
    throw new TielineError('invalid-argument', message)
  }
  const { exports, service } = spliceFunctions(functions)
  const since = performance.now()
  let active = 0
  let total = 0
  const peer = await connectPeer({
    transport: local(`unix:${at}`),
    // It says in the handshake how much it takes.
    limits: { frameBytes: LARGEST_FRAME_BYTES, ...options.limits },
    parts: {
      role: 'worker',
      exports,
      health: () => ({
        uptimeMs: performance.now() - since,
        activeRequests: active,
        totalRequests: total,
      }),
    },
    service(call) {
      total++
      active++
      const answer = service(call)
      const done = (): void => {
        active--
      }
      void Promise.resolve(answer).then(done, done)
      return answer
    },
  })
  return { closed: peer.closed, close: () => peer.close() }
}
