// The floor of memory: a node:net socket with one listener on each side, and nothing else.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Subject } from '../subject.js'
import { sizes } from './raw.js'

const cannot = 'only holds connections'

export const subject: Subject = {
  name: 'raw-bare',
  title: 'node:net sockets with one listener each',
  group: 'floor',
  raw: true,
  cannot: { notify: cannot, stream: cannot },
  async server(path) {
    // Without a listener for errors on each socket, a client that leaves early would end the process.
    process.on('uncaughtException', () => {})
    const server = createServer((socket) => {
      socket.on('data', (chunk) => socket.write(chunk))
    })
    server.listen({ path, backlog: 4096 })
    await once(server, 'listening')
  },
  async client(path) {
    const socket = connect(path)
    await once(socket, 'connect')
    let settle: (chunk: unknown) => void = () => {}
    socket.on('data', (chunk) => settle(chunk))
    const message = Buffer.alloc(sizes.small, 7)
    const call = () =>
      new Promise((resolve) => {
        settle = resolve
        socket.write(message)
      })
    return { call, binary: call, close: () => void socket.destroy() }
  },
}
