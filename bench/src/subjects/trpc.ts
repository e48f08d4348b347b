// tRPC over a WebSocket: the link for subscriptions and low latency.

import { createServer } from 'node:http'
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { items, type Subject, type Work } from '../subject.js'
import { value } from '../work.js'
import { fromBase64, toBase64 } from './base64.js'
import { listenOnPort, portAt } from './sockets.js'

const { router, procedure } = initTRPC.create()
const echo = router({
  work: procedure.input((work) => work as Work).query(({ input }) => input),
  binary: procedure.input((text) => text as string).query(({ input }) => input),
  items: procedure
    .input((count) => count as number)
    .subscription(async function* ({ input }) {
      yield* items(input, value)
    }),
})

export const subject: Subject = {
  name: 'trpc',
  title: 'tRPC, wsLink and the ws adapter on 127.0.0.1, JSON; bytes as base64',
  group: 'peer',
  cannot: { notify: 'no one-way calls: each has an answer' },
  async server(path) {
    const server = createServer()
    applyWSSHandler({ wss: new WebSocketServer({ server }), router: echo })
    await listenOnPort(server, path)
  },
  async client(path) {
    const url = `ws://127.0.0.1:${await portAt(path)}`
    const socket = createWSClient({ url, WebSocket: WebSocket as never })
    const client = createTRPCClient<typeof echo>({ links: [wsLink({ client: socket })] })
    return {
      call: (work) => client.work.query(work),
      binary: async (bytes) => fromBase64(await client.binary.query(toBase64(bytes))),
      stream: (count, each) =>
        new Promise((resolve, reject) => {
          client.items.subscribe(count, { onData: each, onComplete: resolve, onError: reject })
        }),
      close: () => socket.close(),
    }
  },
}
