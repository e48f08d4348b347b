// The peer suite over memory: for both protocols of the core, through a narrow channel, and for a
// dialect that lacks a kind.
import { memoryPair } from '../channel/index.js'
import { type Dialect, msgpackRpc, native, type Protocol } from '../dialect/index.js'
import { peerSuite } from '../testing/peer-suite.js'

peerSuite('native', { protocol: native, pair: () => memoryPair() })
peerSuite('MessagePack-RPC', { protocol: msgpackRpc, pair: () => memoryPair() })
peerSuite('native through a narrow channel', {
  protocol: native,
  pair: () => memoryPair({ highWater: 1000 }),
})

/** A dialect that has streams, and no way to say how much may come. */
function withoutCredit(): Protocol {
  const dialect = native().dialect()
  const { credit: _, ...can } = dialect.can
  const without: Dialect<unknown> = {
    can,
    write: (envelope, out) => {
      if (envelope.kind !== 'credit') dialect.write(envelope, out)
    },
    read: (value, emit) => dialect.read(value, emit),
  }
  return { ...native(), dialect: () => without }
}

peerSuite('a dialect without credit', { protocol: withoutCredit, pair: () => memoryPair() })
