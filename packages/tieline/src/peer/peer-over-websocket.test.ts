// The peer suite over real WebSockets.
import type { Channel } from '../channel/index.js'
import { native } from '../dialect/index.js'
import type { ChannelPair } from '../testing/peer-harness.js'
import { later } from '../testing/peer-harness.js'
import { peerSuite } from '../testing/peer-suite.js'
import { websocket } from '../transport/index.js'

async function pair(): Promise<ChannelPair> {
  const transport = websocket('ws://127.0.0.1:0/')
  const accepted = later<Channel>()
  const listener = await transport.listen({ accept: accepted.resolve })
  const { token = '' } = transport
  const left = await websocket(listener.endpoint, { token }).connect()
  const right = await accepted.promise
  await listener.close()
  return [left, right]
}

peerSuite('native over a WebSocket', { protocol: () => native({ over: 'messages' }), pair })
