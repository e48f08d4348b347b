// HTTP over TCP on loopback, by Node's own fetch.
import type { Subject } from '../subject.js'
import { cannot, echoServer, json, octets, readLines } from './http.js'
import { listenOnPort, portAt } from './sockets.js'

export const subject: Subject = {
  name: 'http-fetch',
  title: 'HTTP over TCP on 127.0.0.1, fetch and node:http',
  group: 'peer',
  cannot,
  server: (path) => listenOnPort(echoServer(), path),
  async client(path) {
    const base = `http://127.0.0.1:${await portAt(path)}`
    const post = (to: string, headers: Record<string, string>, body: string | Uint8Array) =>
      fetch(base + to, { method: 'POST', headers, body })
    return {
      call: async (work) => (await post('/call', json, JSON.stringify(work))).json(),
      binary: async (bytes) =>
        new Uint8Array(await (await post('/binary', octets, bytes)).arrayBuffer()),
      async stream(count, each) {
        const { body } = await post('/items', json, `${count}`)
        if (body) await readLines(body, each)
      },
      close() {},
    }
  },
}
