// The original's own handler process, as its command starts one: its IpcServer with a few handlers.
import { IpcServer } from '@zap-js/client/node'

const server = new IpcServer(process.argv[2])
const json = { 'content-type': 'application/json' }

server.registerHandler('echo', async (request) => ({
  status: 200,
  headers: { ...json, 'X-Kind': 'echo' },
  body: JSON.stringify(request),
}))
server.registerHandler('status', async (request) => ({
  status: Number(request.query.code),
  headers: { 'content-type': 'text/plain' },
  body: 'as asked',
}))
server.registerHandler('throws', async () => {
  throw new Error('a secret')
})
server.registerHandler('never', () => new Promise(() => {}))
server.registerHandler('dies', () => process.exit(1))
server.registerHandler('slow', async (request) => {
  await new Promise((resolve) => setTimeout(resolve, Number(request.query.ms)))
  return { status: 200, headers: {}, body: request.query.ms }
})
server.registerHandler('ticks', async function* (request) {
  for (let tick = 0; tick < Number(request.query.count); tick++) {
    if (tick > 0) await new Promise((resolve) => setTimeout(resolve, Number(request.query.ms ?? 0)))
    yield { data: `tick ${tick}\n` }
  }
})
server.registerHandler('bytes', async function* () {
  yield { bytes: Uint8Array.of(0xff, 0x00, 0x80) }
  yield { bytes: Uint8Array.of(0xfe) }
})
server.registerHandler('breaks', async function* () {
  yield { data: 'some' }
  throw new Error('a secret')
})
server.registerWsHandler('chat', {
  onConnect: (socket) => socket.send(`hello ${socket.path}`),
  onMessage: (socket, data) => {
    if (data === 'close') socket.close(4001, 'as asked')
    else if (typeof data === 'string') socket.send(`you said ${data}`)
    else socket.sendBinary(data)
  },
})

await server.start()
console.log('ready')
