// A server of the suite in a process of its own: `node serve.js ROLE PATH PORT TOKEN`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Backend, type Handler, silentLog, startBridge } from '@tieline/web-bridge'
import { userRoute } from './handlers.js'
import { user } from './user.js'

const [role = '', path = '', port = '0', token = ''] = process.argv.slice(2)

const functions = {
  price: (params: unknown) => ({ item: (params as { item: string }).item, price: 17.5, stock: 3 }),
}
const handlers = fileURLToPath(new URL('./handlers.js', import.meta.url))
const common = { at: `unix:${path}`, port: Number(port), token, log: silentLog }

/** The same server with the handler in it: what the way to another process is compared with. */
function inside(): Backend {
  const handler = userRoute['GET /users/:id'] as Handler
  const id = 'GET /users/:id'
  const nothing = { ready: 1, wanted: 1, inFlight: 0, restarts: 0, processes: [] }
  return {
    routes: [{ id, kind: 'http', method: 'GET', path: '/users/:id' }],
    watchRoutes: () => () => {},
    async invoke({ url, params, headers }) {
      const query = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
      const made = await handler({ params, query, headers, url } as never, {} as never)
      const type = { 'content-type': 'application/json; charset=utf-8' }
      return { status: 200, headers: type, body: JSON.stringify(made) }
    },
    connect: () => Promise.reject(new Error('there are no sockets')),
    health: () => nothing,
    inFlight: 0,
    close: () => Promise.resolve(),
  }
}

/** Node's own server, with the path taken apart by hand: what no server here can be quicker than. */
async function bare(): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    const body = JSON.stringify(
      user(pathname.slice('/users/'.length), searchParams.get('page') ?? ''),
    )
    response
      .writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      })
      .end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(Number(port), '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function started(): Promise<string> {
  if (role === 'bare') return bare()
  if (role === 'inside') return (await startBridge({ ...common, backend: inside() })).url
  process.env['BENCH_URL'] = `http://127.0.0.1:${port}`
  process.env['BENCH_TOKEN'] = token
  return (await startBridge({ ...common, modules: [handlers], rpc: [functions] })).url
}

process.send?.(await started())
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
