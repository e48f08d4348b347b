// What Prometheus is told: requests and their bytes, handler processes, calls of functions. In a
// registry of its own, so that nothing of it meets what else the process may count.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { codeOf, type Layer, whenOver } from 'tieline'
import { withOutcome } from '../../middleware/outcome.js'
import type { BackendHealth, BridgeRequest } from '../../server/backend.js'
import type { Unhandled } from '../../server/exchange.js'
import type { BridgeLayer } from '../../server/middleware.js'
import { watchedBody } from '../watched-body.js'

export interface MetricsOptions {
  /** CPU, memory, event loop and garbage collection of the server's process too. True unless told. */
  readonly process?: boolean
  /** Upper bounds of the histograms, in seconds, rising. */
  readonly buckets?: readonly number[]
}

export interface BridgeMetrics {
  readonly registry: Registry
  /** Counts requests; to be the outermost. */
  readonly layer: BridgeLayer
  /** Counts calls of functions. */
  readonly rpcLayer: Layer
  /** Counts what was answered before any layer. */
  readonly unhandled: Unhandled
  /** Where the numbers of handler processes and of open WebSockets come from, asked at each scrape. */
  watch(health: () => BackendHealth, sockets: () => number): void
}

/** 0.5 ms to 30 s: a small handler takes about one millisecond, the usual deadline is 30 s. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30]
/** A call of a function takes a tenth of that. */
const RPC_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 30]
/** Names that callers invent are counted under this one, or they would fill the memory. */
const UNKNOWN = '(unknown)'
/** Paths are invented too. */
const NONE = '(none)'

export function bridgeMetrics({ process = true, buckets }: MetricsOptions = {}): BridgeMetrics {
  const registry = new Registry()
  const registers = [registry]
  if (process) collectDefaultMetrics({ register: registry })
  let health: (() => BackendHealth) | undefined
  let sockets: (() => number) | undefined
  handlerGauges(registry, () => health?.())
  socketGauge(registry, () => sockets?.())
  const requests = new Counter({
    name: 'web_bridge_requests_total',
    help: 'Requests by what the browser was told; 499: it left before that',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'web_bridge_request_duration_seconds',
    help: 'Time until the head of the response',
    labelNames: ['route', 'method'],
    buckets: [...(buckets ?? BUCKETS)],
    registers,
  })
  const received = new Counter({
    name: 'web_bridge_request_bytes_total',
    help: 'Bytes of request bodies that handlers were given',
    labelNames: ['route', 'method'],
    registers,
  })
  const sent = new Counter({
    name: 'web_bridge_response_bytes_total',
    help: 'Bytes of response bodies',
    labelNames: ['route', 'method'],
    registers,
  })
  const layer: BridgeLayer = (next) => async (request, context) => {
    const of = { route: request.route.path, method: request.method }
    const counted = withCount(request, (count) => received.inc(of, count))
    const response = await withOutcome(next, counted, context, ({ status, ms }) => {
      requests.inc({ ...of, status })
      seconds.observe(of, ms / 1000)
    })
    if (response.body === undefined) return response
    const body = watchedBody(response.body, { bytes: (count) => sent.inc(of, count) })
    return body === response.body ? response : { ...response, body }
  }
  return {
    registry,
    layer,
    rpcLayer: rpcLayer(registry),
    unhandled({ method = '' }, route, status) {
      requests.inc({ route: route?.path ?? NONE, method, status })
    },
    watch(...sources) {
      ;[health, sockets] = sources
    },
  }
}

function withCount(request: BridgeRequest, bytes: (count: number) => void): BridgeRequest {
  if (request.body === undefined) return request
  const body = watchedBody(request.body, { bytes })
  return body === request.body ? request : { ...request, body }
}

function rpcLayer(registry: Registry): Layer {
  const registers = [registry]
  const calls = new Counter({
    name: 'web_bridge_rpc_calls_total',
    help: "Calls of the server's functions, by name and result: ok, or the error's code",
    labelNames: ['name', 'result'],
    registers,
  })
  const seconds = new Histogram({
    name: 'web_bridge_rpc_duration_seconds',
    help: 'Time until the answer; of one that streams, until its end',
    labelNames: ['name'],
    buckets: RPC_BUCKETS,
    registers,
  })
  return (next) => (call) => {
    const from = performance.now()
    return whenOver(next, call, (failure) => {
      const result = failure === undefined ? 'ok' : codeOf(failure, call)
      const name = result === 'unknown-method' ? UNKNOWN : call.method
      calls.inc({ name, result })
      seconds.observe({ name }, (performance.now() - from) / 1000)
    })
  }
}

function socketGauge(registry: Registry, sockets: () => number | undefined): void {
  new Gauge({
    name: 'web_bridge_sockets',
    help: 'WebSockets that are open',
    registers: [registry],
    collect() {
      this.set(sockets() ?? 0)
    },
  })
}

function handlerGauges(registry: Registry, health: () => BackendHealth | undefined): void {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (health: BackendHealth) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = health()
        if (now !== undefined) this.set(value(now))
      },
    })
  gauge(
    'web_bridge_in_flight',
    'Requests, bodies and sockets that are not finished',
    ({ inFlight }) => inFlight,
  )
  gauge(
    'web_bridge_handler_processes_wanted',
    'Handler processes that there should be',
    ({ wanted }) => wanted,
  )
  new Gauge({
    name: 'web_bridge_handler_processes',
    help: 'Handler processes by state',
    labelNames: ['state'],
    registers,
    collect() {
      const now = health()
      if (now === undefined) return
      this.reset()
      for (const state of ['ready', 'draining', 'dead'] as const) {
        this.set({ state }, now.processes.filter((each) => each.state === state).length)
      }
    },
  })
  let told = 0
  new Counter({
    name: 'web_bridge_handler_restarts_total',
    help: 'Handler processes that were started again after they died',
    registers,
    collect() {
      const { restarts = told } = health() ?? {}
      // A counter takes only what is added.
      this.inc(Math.max(0, restarts - told))
      told = restarts
    },
  })
}
