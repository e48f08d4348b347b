// Layers around every request, in the server's process: auth, logging, rate limits, timing. A layer is
// a function from what handles a request to what does it instead.
import type { BridgeRequest, BridgeResponse, InvokeContext } from './backend.js'

/**
 * Handles one request. It rejects with the errors of `Backend.invoke`; the server makes a response of
 * them outside of all layers.
 */
export type Handle = (request: BridgeRequest, context: InvokeContext) => Promise<BridgeResponse>

/**
 * A layer may answer without calling `next`, change the request or the context it passes on (by a
 * copy), or change the response. For the upgrade of a WebSocket (`request.route.kind` is 'socket')
 * `next` answers 101, once the handler has the socket; any other answer refuses the upgrade with it.
 * @example
 * const timing: BridgeLayer = (next) => async (request, context) => {
 *   const from = performance.now()
 *   const response = await next(request, context)
 *   const took = (performance.now() - from).toFixed(1)
 *   return { ...response, headers: { ...response.headers, 'server-timing': `handler;dur=${took}` } }
 * }
 */
export type BridgeLayer = (next: Handle) => Handle

/** `handle` inside the layers, the first layer outermost. */
export function inLayers(handle: Handle, layers: readonly BridgeLayer[]): Handle {
  return layers.reduceRight((inner, layer) => layer(inner), handle)
}
