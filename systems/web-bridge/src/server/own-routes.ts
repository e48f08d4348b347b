// Paths that the server answers itself, where no handler does.
import { randomUUID } from 'node:crypto'
import { RPC_PATH } from '../contract/http.js'
import type { Backend } from './backend.js'
import type { OwnRoute } from './router.js'
import { type RpcHttpOptions, serveRpc } from './rpc-http.js'

/** `/health`: 200 while a handler process takes requests, 503 while none does. */
export function healthRoute(backend: Backend): OwnRoute {
  return {
    method: 'GET',
    path: '/health',
    serve(_request, response) {
      const { ready, wanted, inFlight, restarts } = backend.health()
      const status = ready > 0 ? 'ok' : 'unavailable'
      const body = JSON.stringify({ status, ready, wanted, inFlight, restarts })
      response
        .writeHead(ready > 0 ? 200 : 503, {
          'content-type': 'application/json; charset=utf-8',
          'cache-control': 'no-store',
        })
        .end(body)
    },
  }
}

export function rpcRoute(options: RpcHttpOptions): OwnRoute {
  return {
    method: 'POST',
    path: RPC_PATH,
    serve: (request, response) => void serveRpc(request, response, randomUUID(), options),
  }
}
