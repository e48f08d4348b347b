// Listening and connecting for the adapters that use a Unix socket themselves.
import { once } from 'node:events'
import { connect, type Server, type Socket } from 'node:net'

export async function listenAt(server: Server, path: string): Promise<void> {
  // A client that leaves at the end of the run may cut an answer off: that is no failure.
  server.on('connection', (socket) => socket.on('error', () => {}))
  server.listen(path)
  await once(server, 'listening')
}

export async function connectTo(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}
