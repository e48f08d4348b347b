// Routes as modules export them, as a list or a table, made one checked list.
import { METHODS } from 'node:http'
import { TielineError } from 'tieline'
import type {
  Handler,
  HandlerRoute,
  HandlersOf,
  HttpRoute,
  SocketHandler,
  SocketRoute,
} from './handler.js'

/** A route with everything that may be left out filled in. */
export type CheckedRoute = (HttpRoute | SocketRoute) & { readonly id: string }

const KNOWN: ReadonlySet<string> = new Set(METHODS)

/**
 * The routes of a list or a table. Throws `invalid-argument` naming the route: a path that does not
 * begin with `/`, a method that HTTP does not have, a handler that is none, an id used twice.
 */
export function routesOf(given: HandlersOf): readonly CheckedRoute[] {
  const list = Array.isArray(given) ? (given as readonly HandlerRoute[]) : fromTable(given)
  const ids = new Set<string>()
  return list.map((route) => {
    const made = checkedRoute(route)
    if (ids.has(made.id)) throw wrong(made.id, 'is there twice')
    ids.add(made.id)
    return made
  })
}

function fromTable(table: object): readonly HandlerRoute[] {
  return Object.entries(table).map(([key, value]) => {
    const handler = value as Handler | SocketHandler
    const at = key.indexOf(' ')
    const method = at === -1 ? 'GET' : key.slice(0, at).toUpperCase()
    const path = key.slice(at + 1).trim()
    if (method === 'WS') return { path, socket: handler as SocketHandler }
    return { method, path, handler: handler as Handler }
  })
}

function checkedRoute(route: HandlerRoute): CheckedRoute {
  if ('socket' in route) {
    const id = route.id ?? `WS ${route.path}`
    checkPath(id, route.path)
    if (typeof route.socket !== 'object' || route.socket === null) {
      throw wrong(id, 'must have an object of open, message and close')
    }
    return { ...route, id }
  }
  const method = String(route.method).toUpperCase()
  const id = route.id ?? `${method} ${route.path}`
  if (!KNOWN.has(method)) throw wrong(id, `has a method that HTTP does not have: ${method}`)
  checkPath(id, route.path)
  if (typeof route.handler !== 'function') throw wrong(id, 'must have a function as its handler')
  return { ...route, id, method }
}

function checkPath(id: string, path: unknown): void {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw wrong(id, 'must have a path that begins with /')
  }
}

function wrong(id: string, why: string): TielineError {
  return new TielineError('invalid-argument', `the route ${JSON.stringify(id)} ${why}`)
}
