// vscode-jsonrpc over a Unix socket, the connection of every language server.
import { createServer, type Socket } from 'node:net'
import {
  createMessageConnection,
  type MessageConnection,
  NotificationType,
  RequestType,
  RequestType0,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node'
import type { Subject, Work } from '../subject.js'
import { fromBase64, toBase64 } from './base64.js'
import { connectTo, listenAt } from './sockets.js'

const echo = new RequestType<unknown, unknown, void>('echo')
const noted = new RequestType0<number, void>('noted')
const note = new NotificationType<Work>('note')

export const subject: Subject = {
  name: 'vscode-jsonrpc',
  title: 'vscode-jsonrpc, SocketMessageReader and Writer on a Unix socket; bytes as base64',
  group: 'peer',
  cannot: { stream: 'no streams: progress reports hold nobody back' },
  async server(path) {
    let notes = 0
    const server = createServer((socket) => {
      const connection = connectionOver(socket)
      connection.onRequest(echo, (value) => value)
      connection.onRequest(noted, () => notes)
      connection.onNotification(note, () => {
        notes++
      })
      connection.listen()
    })
    await listenAt(server, path)
  },
  async client(path) {
    const connection = connectionOver(await connectTo(path))
    connection.listen()
    return {
      call: (value) => connection.sendRequest(echo, value),
      binary: async (bytes) => fromBase64(await connection.sendRequest(echo, toBase64(bytes))),
      notify: (value) => void connection.sendNotification(note, value),
      notified: () => connection.sendRequest(noted),
      close: () => connection.end(),
    }
  },
}

function connectionOver(socket: Socket): MessageConnection {
  return createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket))
}
