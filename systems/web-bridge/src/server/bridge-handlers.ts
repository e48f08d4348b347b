// What the server answers to one connection: a handler process joins over it, or a client calls
// functions, or both.
import { fail, type Handlers, type Peer } from 'tieline'
import type { Bridge } from '../contract/bridge.js'
import { HandlerProcess } from '../contract/handler-process.js'
import type { Fleet } from '../pool/fleet.js'
import type { Pool } from '../pool/pool.js'
import type { RpcService } from '../rpc/functions.js'

export interface BridgeHandlersParts {
  readonly pool: Pool
  /** Asked for each time: it is made after the endpoint. */
  readonly fleet: () => Fleet | undefined
  readonly rpc: RpcService
  /** Resolves when the routes that the pool has are those that browsers reach. */
  readonly routed: () => Promise<void>
  readonly drainMs: number
}

export function bridgeHandlers(
  peer: Peer,
  { pool, fleet, rpc, routed, drainMs }: BridgeHandlersParts,
): Handlers<typeof Bridge> {
  return {
    async join(joining) {
      const serves = peer.remote?.serves
      const [major] = HandlerProcess.version.split('.')
      if (serves?.name !== HandlerProcess.name || serves.version.split('.')[0] !== major) {
        const told =
          serves === undefined ? 'serves nothing' : `serves ${serves.name} ${serves.version}`
        throw fail(
          'version-mismatch',
          `a process joins with ${HandlerProcess.name} ${HandlerProcess.version}; this one ${told}`,
        )
      }
      const link = pool.join(peer, joining)
      await routed()
      if (joining.launch !== undefined) fleet()?.joined(String(joining.launch), link)
      return { id: link.id }
    },
    async leave(_nothing, context) {
      const link = pool.of(peer)
      if (link === undefined) return
      await fleet()?.replace(link)
      await pool.retire(link, Math.min(drainMs, context.remaining()))
    },
    body(number) {
      const link = pool.of(peer)
      if (link === undefined) throw fail('invalid-argument', 'this process has not joined')
      return link.parcels.take(number)
    },
    rpc: (params, call) => rpc.named(params, call),
    rpcStream: (params, call) => rpc.named(params, call) as AsyncIterable<unknown>,
    rpcNotify: async (params, call) => {
      await rpc.named(params, call)
    },
    rpcNames: () => rpc.names,
  }
}
