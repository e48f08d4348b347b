// All that observes one bridge: the tracing layers around the user's, and the numbers if they are
// wanted.
import type { Layer } from 'tieline'
import type { BackendHealth } from '../server/backend.js'
import type { Unhandled } from '../server/exchange.js'
import type { BridgeLayer } from '../server/middleware.js'
import type { OwnRoute } from '../server/router.js'
import {
  type MetricsRouteOptions,
  type MetricsServer,
  metricsRoute,
  serveMetrics,
} from './metrics/expose.js'
import type { MetricsOptions } from './metrics/metrics.js'
import { traceCalls, traceRequests } from './tracing/requests.js'
import { traceRpc } from './tracing/rpc.js'

export interface MetricsExposure extends MetricsOptions, MetricsRouteOptions {
  /** A server of its own at this port of 127.0.0.1, and no path of the bridge's; 0: any free port. */
  readonly port?: number
}

export interface ObservationOptions {
  readonly layers?: readonly BridgeLayer[]
  readonly rpcLayers?: readonly Layer[]
  /** None unless told; true: at `/metrics`, for programs of this machine. */
  readonly metrics?: boolean | MetricsExposure
}

export interface Observation {
  readonly layers: readonly BridgeLayer[]
  readonly rpcLayers: readonly Layer[]
  readonly own: readonly OwnRoute[]
  /** Told of requests that were answered without asking the layers. */
  readonly unhandled?: Unhandled
  /** Where the metrics are, when they have a server of their own. */
  readonly url: string | undefined
  /** Rejects with `endpoint-in-use` when the metrics' own port is taken. */
  start(health: () => BackendHealth, sockets: () => number): Promise<void>
  close(): Promise<void>
}

/** The Prometheus client is loaded when it is wanted: it would be a third of the server's start. */
export async function observation(options: ObservationOptions): Promise<Observation> {
  const { layers = [], rpcLayers = [], metrics: wanted = false } = options
  const exposure = wanted === true ? {} : wanted
  const metrics =
    exposure === false ? undefined : (await import('./metrics/metrics.js')).bridgeMetrics(exposure)
  const port = exposure === false ? undefined : exposure.port
  let server: MetricsServer | undefined
  return {
    layers: [traceRequests, ...(metrics ? [metrics.layer] : []), ...layers, traceCalls],
    rpcLayers: [traceRpc, ...(metrics ? [metrics.rpcLayer] : []), ...rpcLayers],
    own:
      metrics && exposure !== false && port === undefined ? [metricsRoute(metrics, exposure)] : [],
    get url() {
      return server?.url
    },
    ...(metrics && { unhandled: metrics.unhandled }),
    async start(health, sockets) {
      metrics?.watch(health, sockets)
      if (metrics && port !== undefined) server = await serveMetrics(metrics, port)
    },
    async close() {
      await server?.close()
    },
  }
}
