// birpc over a Unix socket, its messages through msgpackr's streams.
import { createServer, type Socket } from 'node:net'
import { createBirpc } from 'birpc'
import { PackrStream, UnpackrStream } from 'msgpackr'
import type { Subject, Work } from '../subject.js'
import { connectTo, listenAt } from './sockets.js'

interface Functions {
  echo<T>(value: T): T
  note(value: Work): void
  noted(): number
}

export const subject: Subject = {
  name: 'birpc',
  title: 'birpc over a Unix socket, msgpackr streams',
  group: 'peer',
  cannot: { stream: 'no streams' },
  async server(path) {
    let notes = 0
    const functions: Functions = {
      echo: (value) => value,
      note: () => {
        notes++
      },
      noted: () => notes,
    }
    const server = createServer((socket) => {
      createBirpc<Record<string, never>, Functions>(functions, over(socket))
    })
    await listenAt(server, path)
  },
  async client(path) {
    const socket = await connectTo(path)
    const rpc = createBirpc<Functions>({}, { ...over(socket), eventNames: ['note'] })
    return {
      call: (value) => rpc.echo(value),
      binary: (bytes) => rpc.echo(bytes),
      notify: (value) => void rpc.note(value),
      notified: () => rpc.noted(),
      close: () => void socket.destroy(),
    }
  },
}

function over(socket: Socket) {
  const packed = new PackrStream()
  const unpacked = new UnpackrStream()
  packed.pipe(socket)
  socket.pipe(unpacked)
  return {
    post: (message: unknown) => packed.write(message),
    on: (take: (message: unknown) => void) => unpacked.on('data', take),
  }
}
