// HTTP over a Unix socket, by undici with the connections and pipelining of its own benchmark.
import { Pool } from 'undici'
import type { Subject } from '../subject.js'
import { cannot, echoServer, json, octets, readLines } from './http.js'
import { listenAt } from './sockets.js'

export const subject: Subject = {
  name: 'http-unix',
  title: 'HTTP over a Unix socket, undici Pool of 50 connections, pipelining 10, and node:http',
  group: 'peer',
  cannot,
  server: (path) => listenAt(echoServer(), path),
  async client(path) {
    const pool = new Pool('http://localhost', { socketPath: path, connections: 50, pipelining: 10 })
    const post = (to: string, headers: Record<string, string>, body: string | Uint8Array) =>
      pool.request({ method: 'POST', path: to, headers, body })
    return {
      call: async (work) => (await post('/call', json, JSON.stringify(work))).body.json(),
      binary: async (bytes) => (await post('/binary', octets, bytes)).body.bytes(),
      stream: async (count, each) => readLines((await post('/items', json, `${count}`)).body, each),
      close: () => pool.close(),
    }
  },
}
