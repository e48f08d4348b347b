// The layer that logs: one line for each request, to any logger that has pino's form. No payloads, no
// headers, and of a query only the names.
import type { HandlerLog } from '../handlers/handler.js'
import type { BridgeRequest } from '../server/backend.js'
import type { BridgeLayer } from '../server/middleware.js'
import { BROWSER_GONE, type RequestOutcome, withOutcome } from './outcome.js'

export interface LoggingOptions {
  /** The server's own `lineLog()`, pino, or anything with its four functions. */
  readonly log: HandlerLog
  /** What is logged of a query. Its values may be secret, so 'names' unless told. */
  readonly query?: 'none' | 'names' | 'values'
  /** Requests that are not logged, such as those of a health check. None unless told. */
  readonly except?: (request: BridgeRequest) => boolean
}

/**
 * Logs when the head of the response is there: `GET /users/7?page 200 in 3.1 ms`, with the id, method,
 * path, route, status, milliseconds and address as fields. `warn` from 500 on, else `info`. A socket
 * is logged when a handler has it.
 */
export function logging({ log, query = 'names', except }: LoggingOptions): BridgeLayer {
  return (next) => (request, context) => {
    if (except?.(request) === true) return next(request, context)
    return withOutcome(next, request, context, (outcome) => {
      const path = shown(request.url, query)
      const { requestId, method, route, remoteAddress } = request
      const { status } = outcome
      const ms = Number(outcome.ms.toFixed(1))
      log[status >= 500 ? 'warn' : 'info'](
        { requestId, method, path, route: route.id, status, ms, remoteAddress },
        `${method} ${path} ${told(outcome)} in ${ms} ms`,
      )
    })
  }
}

function told({ status }: RequestOutcome): string {
  return status === BROWSER_GONE ? 'left by the browser' : String(status)
}

function shown(url: string, query: LoggingOptions['query']): string {
  const at = url.indexOf('?')
  if (at === -1 || query === 'values') return url
  const path = url.slice(0, at)
  if (query === 'none') return path
  const names = url
    .slice(at + 1)
    .split('&')
    .map((pair) => pair.split('=', 1)[0])
    .filter((name) => name !== '')
  return names.length === 0 ? path : `${path}?${names.join('&')}`
}
