// Connecting to a splice: the handshake is the first thing said, and everything else goes through a peer.
import { defaultLimits, type Limits, type Service } from 'tieline'
import { Peer } from 'tieline/peer'
import type { Transport } from 'tieline/transport'
import { firstWords, type SpliceParts, spliceProtocol } from './dialect.js'

export interface SpliceConnection {
  readonly transport: Transport
  readonly limits: Partial<Limits>
  readonly parts: SpliceParts & { readonly role: 'host' | 'worker' }
  readonly service?: Service
  readonly hold?: boolean | undefined
  readonly signal?: AbortSignal
}

/** Rejects with `connection-refused`. A splice that does not take the handshake closes the connection. */
export async function connectPeer(connection: SpliceConnection): Promise<Peer> {
  const { transport, parts, service, signal, hold } = connection
  const limits = { ...defaultLimits, ...connection.limits }
  const channel = await transport.connect({ limits, ...(signal && { signal }) })
  channel.send(firstWords(parts.role, limits))
  const protocol = spliceProtocol(parts)
  return new Peer(channel, { protocol, role: 'client', service, limits, hold })
}
