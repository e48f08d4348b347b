// Routes to what answers them, with fastify and its router. An app's routes can not change once it is
// ready, so a new list of routes is a new app, and requests go on in the one in which they began.
import type { IncomingMessage, ServerResponse } from 'node:http'
import fastify, { type FastifyInstance } from 'fastify'
import type { Route } from './backend.js'

type Params = Readonly<Record<string, string>>

export interface RouterHooks {
  http(route: Route, request: IncomingMessage, response: ServerResponse, params: Params): void
  /** A request for the path of a socket route, whether it is an upgrade or not. */
  socket(route: Route, request: IncomingMessage, response: ServerResponse, params: Params): void
  missing(request: IncomingMessage, response: ServerResponse): void
  /** The router can not read the path. */
  unreadable(request: IncomingMessage, response: ServerResponse): void
}

/** A path of the server's own. */
export interface OwnRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void
}

export interface Router {
  route(request: IncomingMessage, response: ServerResponse): void
  /** Routes that could not be mounted, and why. */
  readonly faults: readonly string[]
}

/** Characters of one parameter in a path. 1,000: longer than any id, short enough to be cheap. */
const PARAM_CHARACTERS = 1000

export async function buildRouter(
  routes: readonly Route[],
  own: readonly OwnRoute[],
  hooks: RouterHooks,
): Promise<Router> {
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAM_CHARACTERS },
    frameworkErrors: (_error, request, reply) => {
      reply.hijack()
      hooks.unreadable(request.raw, reply.raw)
    },
  })
  // Bodies are read by those that want them, and not before.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.setNotFoundHandler((request, reply) => {
    reply.hijack()
    hooks.missing(request.raw, reply.raw)
  })
  const faults: string[] = []
  const mounted = new Set<string>()
  for (const [key, { http, socket }] of grouped(routes)) {
    const { method, path } = (http ?? socket) as Route
    try {
      mount(app, method, path, (request, response, params) => {
        const asksForSocket = socket !== undefined && request.headers.upgrade !== undefined
        if (http !== undefined && !asksForSocket) hooks.http(http, request, response, params)
        else hooks.socket(socket as Route, request, response, params)
      })
      mounted.add(key)
    } catch (error) {
      faults.push(`${key}: ${(error as Error).message}`)
    }
  }
  // A GET answers HEAD too, unless a handler does.
  for (const { kind, method, path, ...rest } of routes) {
    const key = `HEAD ${path}`
    if (kind !== 'http' || method !== 'GET' || mounted.has(key) || !mounted.has(`GET ${path}`))
      continue
    mounted.add(key)
    const route = { kind, method, path, ...rest }
    mount(app, 'HEAD', path, (request, response, params) =>
      hooks.http(route, request, response, params),
    )
  }
  for (const { method, path, serve } of own) {
    if (mounted.has(`${method} ${path}`)) continue
    mount(app, method, path, (request, response) => serve(request, response))
  }
  await app.ready()
  return { route: (request, response) => app.routing(request, response), faults }
}

type Served = (request: IncomingMessage, response: ServerResponse, params: Params) => void

function mount(app: FastifyInstance, method: string, path: string, served: Served): void {
  if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true })
  app.route({
    method,
    url: path,
    handler: (request, reply) => {
      // Written by hand: a response is a head and bytes by now, and needs none of what fastify adds.
      reply.hijack()
      served(request.raw, reply.raw, request.params as Params)
    },
  })
}

interface Pair {
  http?: Route
  socket?: Route
}

/** One path may answer both a GET and the upgrade to a WebSocket. */
function grouped(routes: readonly Route[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (const route of routes) {
    const key = `${route.method} ${route.path}`
    const pair = pairs.get(key) ?? {}
    pair[route.kind] = route
    pairs.set(key, pair)
  }
  return pairs
}
