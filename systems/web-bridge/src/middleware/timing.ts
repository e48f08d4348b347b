// The layer that says how long the server took, where the browser's developer tools show it.
import type { ResponseHeaders } from '../handlers/handler.js'
import type { BridgeLayer } from '../server/middleware.js'

export interface TimingOptions {
  /** The metric's name. 'bridge' unless told. */
  readonly name?: string
}

/**
 * Adds `Server-Timing: bridge;dur=12.3`, the milliseconds from here until the head of the response:
 * the handler, the way there and back, and the layers within. What a handler says itself stays.
 */
export function timing({ name = 'bridge' }: TimingOptions = {}): BridgeLayer {
  return (next) => async (request, context) => {
    const from = performance.now()
    const response = await next(request, context)
    const entry = `${name};dur=${(performance.now() - from).toFixed(1)}`
    return { ...response, headers: withEntry(response.headers, entry) }
  }
}

function withEntry(headers: ResponseHeaders, entry: string): ResponseHeaders {
  const own = headers['server-timing']
  return {
    ...headers,
    'server-timing': own === undefined ? entry : `${[own].flat().join(', ')}, ${entry}`,
  }
}
