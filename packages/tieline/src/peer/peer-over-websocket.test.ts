// The peer suite over real WebSockets, from a program and as from a page.
import { WebSocket } from 'ws'
import type { Channel } from '../channel/index.js'
import { native } from '../dialect/index.js'
import type { ChannelPair } from '../testing/peer-harness.js'
import { later } from '../testing/peer-harness.js'
import { peerSuite } from '../testing/peer-suite.js'
import { browserWebSocket, websocket } from '../transport/index.js'

async function pair(
  dial: (endpoint: string, token: string) => Promise<Channel>,
): Promise<ChannelPair> {
  const transport = websocket('ws://127.0.0.1:0/')
  const accepted = later<Channel>()
  const listener = await transport.listen({ accept: accepted.resolve })
  const left = await dial(listener.endpoint, transport.token ?? '')
  const right = await accepted.promise
  await listener.close()
  return [left, right]
}

const protocol = () => native({ over: 'messages' })
const fromNode = () => pair((endpoint, token) => websocket(endpoint, { token }).connect())
const fromPage = () =>
  pair((endpoint, token) =>
    browserWebSocket(endpoint, { token, WebSocket: WebSocket as never }).connect(),
  )

peerSuite('native over a WebSocket', { protocol, pair: fromNode })
peerSuite('native over a page’s WebSocket', { protocol, pair: fromPage })
