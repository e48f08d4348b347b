// The original's own handler process with the handler that all of them have: `node … PATH`.
import { IpcServer } from '@zap-js/client/node'
import { user } from './user.js'

const [path = ''] = process.argv.slice(2)
const server = new IpcServer(path)
server.registerHandler('user', async ({ params, query }) => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(user(String(params['id']), String(query['page']))),
}))
await server.start()
process.send?.('ready')
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
