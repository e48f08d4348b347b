// For tests: a request, its context, and what handles it, without a server.
import type { BridgeRequest, BridgeResponse, InvokeContext, Route } from '../server/backend.js'
import type { Handle } from '../server/middleware.js'

export const aRoute: Route = {
  id: 'GET /users/:id',
  kind: 'http',
  method: 'GET',
  path: '/users/:id',
}

export function aRequest(changes: Partial<BridgeRequest> = {}): BridgeRequest {
  return {
    requestId: 'r1',
    route: aRoute,
    method: 'GET',
    url: '/users/7',
    params: { id: '7' },
    headers: {},
    body: undefined,
    remoteAddress: '192.0.2.1',
    ...changes,
  }
}

export function aContext(changes: Partial<InvokeContext> = {}): InvokeContext {
  return { signal: new AbortController().signal, timeoutMs: 30_000, meta: {}, ...changes }
}

export const ok: BridgeResponse = { status: 200, headers: { 'x-own': 'yes' }, body: 'done' }

/** What handles requests at the innermost, and what it was given. */
export function handling(answer: BridgeResponse | Error = ok) {
  const asked: { request: BridgeRequest; context: InvokeContext }[] = []
  const handle: Handle = async (request, context) => {
    asked.push({ request, context })
    if (answer instanceof Error) throw answer
    return answer
  }
  return { asked, handle }
}
