// Where Prometheus reads: a path of the server's, closed to all but this machine unless told
// otherwise, or a server of its own on the loopback address.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isLoopback, isLoopbackAddress } from '../../server/access.js'
import { listening } from '../../server/listen.js'
import type { OwnRoute } from '../../server/router.js'
import type { BridgeMetrics } from './metrics.js'

export interface MetricsRouteOptions {
  /** `/metrics` unless told. */
  readonly path?: string
  /** Answer anybody who can reach the server. False unless told. */
  readonly public?: boolean
}

/**
 * The path for `BridgeOptions.own`. Unless it is public it answers 404 to whoever is not on this
 * machine, has another name for it, or comes through a proxy, which is on this machine as often as not.
 */
export function metricsRoute(metrics: BridgeMetrics, options: MetricsRouteOptions = {}): OwnRoute {
  const { path = '/metrics', public: open = false } = options
  return {
    method: 'GET',
    path,
    serve(request, response) {
      if (open || isFromHere(request)) void write(metrics, response)
      else response.writeHead(404, { 'content-length': 0 }).end()
    },
  }
}

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string
  close(): Promise<void>
}

/** A server of its own on 127.0.0.1. Rejects with `endpoint-in-use` for the port; 0 is any free one. */
export async function serveMetrics(metrics: BridgeMetrics, port: number): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?')
    if (path === '/metrics' && isFromHere(request)) void write(metrics, response)
    else response.writeHead(404, { 'content-length': 0 }).end()
  })
  await listening(server, '127.0.0.1', port, '/metrics')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const

function isFromHere({ headers, socket }: IncomingMessage): boolean {
  if (!isLoopbackAddress(socket.remoteAddress)) return false
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false
  return isLoopback((headers.host ?? '').replace(/:\d+$/, '').toLowerCase())
}

async function write({ registry }: BridgeMetrics, response: ServerResponse): Promise<void> {
  const text = await registry.metrics()
  response
    .writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
    .end(text)
}
