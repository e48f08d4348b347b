// The peer suite over memory, for both protocols of the core, with and without slow channels.
import { memoryPair } from '../channel/index.js'
import { msgpackRpc, native } from '../dialect/index.js'
import { peerSuite } from '../testing/peer-suite.js'

peerSuite('native', { protocol: native, pair: () => memoryPair() })
peerSuite('MessagePack-RPC', { protocol: msgpackRpc, pair: () => memoryPair() })
peerSuite('native through a narrow channel', {
  protocol: native,
  pair: () => memoryPair({ highWater: 1000 }),
})
