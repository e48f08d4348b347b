// The shared suite of peers, over JSON-RPC in each framing.
import { memoryPair } from '../../channel/index.js'
import { peerSuite } from '../../testing/peer-suite.js'
import { jsonRpc } from './index.js'

peerSuite('JSON-RPC in lines', {
  protocol: () => jsonRpc({ framing: 'lines' }),
  pair: () => memoryPair(),
})
peerSuite('JSON-RPC behind headers, by position, without cancel', {
  protocol: () => jsonRpc({ framing: 'content-length', params: 'array', cancel: false }),
  pair: () => memoryPair(),
})
peerSuite('JSON-RPC in messages', {
  protocol: () => jsonRpc({ framing: 'message' }),
  pair: () => memoryPair({ unit: 'message' }),
})
