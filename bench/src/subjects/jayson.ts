// jayson, JSON-RPC 2.0, over a WebSocket: the one of its transports that keeps a connection for calls in
// flight and notifications.

import { once } from 'node:events'
import { createServer } from 'node:http'
import jayson from 'jayson'
import { WebSocket, WebSocketServer } from 'ws'
import type { Subject, Work } from '../subject.js'
import { fromBase64, toBase64 } from './base64.js'
import { listenOnPort, portAt } from './sockets.js'

type Done = (error: null, answer?: unknown) => void

export const subject: Subject = {
  name: 'jayson',
  title: 'jayson, JSON-RPC over a WebSocket on 127.0.0.1; bytes as base64',
  group: 'peer',
  cannot: { stream: 'JSON-RPC has no streams' },
  async server(path) {
    let notes = 0
    const rpc = new jayson.Server({
      echo: ([value]: [unknown], done: Done) => done(null, value),
      note: (_: [Work], done: Done) => {
        notes++
        done(null)
      },
      noted: (_: [], done: Done) => done(null, notes),
    })
    const server = createServer()
    rpc.websocket({ wss: new WebSocketServer({ server }) as never })
    await listenOnPort(server, path)
  },
  async client(path) {
    const ws = new WebSocket(`ws://127.0.0.1:${await portAt(path)}`)
    await once(ws, 'open')
    const client = jayson.Client.websocket({ ws: ws as never })
    const ask = (method: string, params: unknown[]) =>
      new Promise<unknown>((resolve, reject) => {
        client.request(method, params, (error: unknown, _: unknown, answer: unknown) =>
          error ? reject(error) : resolve(answer),
        )
      })
    return {
      call: (work) => ask('echo', [work]),
      binary: async (bytes) => fromBase64(await ask('echo', [toBase64(bytes)])),
      notify: (work) => void client.request('note', [work], null, () => {}),
      notified: async () => Number(await ask('noted', [])),
      close: () => ws.terminate(),
    }
  },
}
