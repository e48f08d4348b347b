// Listening and connecting for the adapters that use sockets themselves.
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export async function listenAt(server: Server, path: string): Promise<void> {
  // A client that leaves at the end of the run may cut an answer off: that is no failure.
  server.on('connection', (socket) => socket.on('error', () => {}))
  // More than any task opens at once: the memory suite connects thousands.
  server.listen({ path, backlog: 4096 })
  await once(server, 'listening')
}

export async function connectTo(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}

export async function drained(socket: Socket): Promise<void> {
  await once(socket, 'drain')
}

/** Listens on a free port of this machine and leaves the port where `portAt` finds it. */
export async function listenOnPort(server: Server, path: string): Promise<void> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  await leavePort(path, (server.address() as AddressInfo).port)
}

/** For servers that want a number: a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function leavePort(path: string, port: number): Promise<void> {
  await writeFile(`${path}.port`, String(port))
}

export async function portAt(path: string): Promise<number> {
  return Number(await readFile(`${path}.port`, 'utf8'))
}
