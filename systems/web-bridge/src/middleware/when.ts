// A layer for some requests only.
import type { BridgeRequest } from '../server/backend.js'
import type { BridgeLayer } from '../server/middleware.js'

/**
 * The layer around the requests that pass the test; the others go on without it.
 * @example
 * when(({ url }) => url.startsWith('/admin'), auth({ tokens }))
 */
export function when(test: (request: BridgeRequest) => boolean, layer: BridgeLayer): BridgeLayer {
  return (next) => {
    const inside = layer(next)
    return (request, context) => (test(request) ? inside : next)(request, context)
  }
}
