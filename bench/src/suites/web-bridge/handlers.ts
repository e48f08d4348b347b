// The handlers' module for the bridge: the user of all of them, and a page that needs fifty calls.
import type { HandlerSetup, RouteTable } from '@tieline/web-bridge'
import { Pool } from 'undici'
import { httpCaller } from './http-caller.js'
import { user } from './user.js'

export const userRoute: RouteTable = {
  'GET /users/:id': ({ params, query }) => user(String(params['id']), String(query['page'])),
}

const CALLS = 50

export function routes({ rpc }: HandlerSetup): RouteTable {
  const { BENCH_URL: url = '', BENCH_TOKEN: token = '' } = process.env
  const pool = new Pool(url, { connections: CALLS })
  const overHttp = httpCaller(pool, token)
  const page = async (call: (name: string, params: unknown) => Promise<unknown>) => {
    const all = Array.from({ length: CALLS }, (_, n) => call('price', { item: `item ${n}` }))
    return (await Promise.all(all)).length
  }
  return {
    ...userRoute,
    'GET /page/rpc': () => page((name, params) => rpc.call(name, params)),
    'GET /page/http': () => page(overHttp),
  }
}
