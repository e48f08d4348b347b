// What the host is compared with, by hand and with nothing but what it takes: a WebSocket server that
// echoes, and one that passes each message on to a process that echoes bytes. No limits, no
// backpressure, no access check, nothing verified.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { listenAt } from '../../subjects/sockets.js'
import type { Started } from './asks.js'

/** The length of a message and the number of its channel. */
const HEAD_BYTES = 8

export async function webSocketEcho(): Promise<Started> {
  return served((webSocket) => {
    webSocket.on('message', (data: Buffer) => webSocket.send(data))
  })
}

export async function socketEcho(path: string): Promise<Started> {
  const server = createServer((socket) => {
    socket.on('data', (chunk) => socket.write(chunk))
  })
  await listenAt(server, path)
  return { url: path }
}

/** `joined`: what is written to one socket within a tick goes out in one write. */
export async function relay(path: string, joined: boolean): Promise<Started> {
  const there = connect(path)
  await once(there, 'connect')
  const clients = new Map<number, { webSocket: WebSocket; socket: Socket }>()
  const write = joined ? join : (_: Socket) => {}
  read(there, (number, message) => {
    const client = clients.get(number)
    if (client === undefined) return
    write(client.socket)
    client.webSocket.send(message)
  })
  let last = 0
  return served((webSocket, socket) => {
    const number = ++last
    clients.set(number, { webSocket, socket })
    webSocket.on('close', () => clients.delete(number))
    webSocket.on('message', (data: Buffer) => {
      const head = Buffer.allocUnsafe(HEAD_BYTES)
      head.writeUInt32LE(data.length, 0)
      head.writeUInt32LE(number, 4)
      write(there)
      there.cork()
      there.write(head)
      there.write(data)
      there.uncork()
    })
  })
}

const corked = new Set<Socket>()

function join(socket: Socket): void {
  if (corked.has(socket)) return
  corked.add(socket)
  socket.cork()
  process.nextTick(() => {
    corked.delete(socket)
    socket.uncork()
  })
}

function read(socket: Socket, take: (number: number, message: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUInt32LE(at)
      if (end > bytes.length) break
      take(bytes.readUInt32LE(at + 4), bytes.subarray(at + HEAD_BYTES, end))
      at = end
    }
    rest = bytes.subarray(at)
  })
}

async function served(accept: (webSocket: WebSocket, socket: Socket) => void): Promise<Started> {
  const options = { host: '127.0.0.1', port: 0, perMessageDeflate: false, clientTracking: false }
  const server = new WebSocketServer(options)
  server.on('connection', (webSocket, { socket }) => accept(webSocket, socket))
  await once(server, 'listening')
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}
