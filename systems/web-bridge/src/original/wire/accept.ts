// What our listeners on the original's sockets share: a peer for each connection, an end that drains
// them all, and the socket gone afterwards.
import type { Limits } from 'tieline'
import type { Channel } from 'tieline/channel'
import type { Peer } from 'tieline/peer'
import type { Transport } from 'tieline/transport'

export interface AcceptOptions {
  readonly limits: Partial<Limits>
  /** Makes the peer of a connection, and the protocol for it: each remembers what the other side writes. */
  readonly peer: (channel: Channel) => Peer
  /** The listener or a connection has trouble. Told, not thrown. */
  readonly failed?: ((error: Error) => void) | undefined
}

export interface Accepting {
  readonly connections: number
  /** What is in flight gets so long: 10 s unless told. Never rejects; may be called again. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

/** 10 s, as a connection's drain. */
const DRAIN_MS = 10_000

export async function acceptPeers(
  transport: Transport,
  { limits, peer, failed }: AcceptOptions,
): Promise<Accepting> {
  const peers = new Set<Peer>()
  const listener = await transport.listen({
    limits,
    accept(channel) {
      const made = peer(channel)
      peers.add(made)
      void made.closed.then(({ error }) => {
        peers.delete(made)
        if (error) failed?.(error)
      })
    },
    ...(failed && { failed }),
  })
  return {
    get connections() {
      return peers.size
    },
    async close({ withinMs = DRAIN_MS } = {}) {
      await listener.close()
      await Promise.all([...peers].map((each) => each.close({ within: withinMs })))
    },
  }
}
