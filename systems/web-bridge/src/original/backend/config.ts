// The original server's configuration: routes read from it, and written for it.
import { TielineError } from 'tieline'
import type { Route } from '../../server/backend.js'
import type { OriginalPath } from './request.js'

export interface OriginalRoute {
  readonly method: string
  readonly path: string
  readonly handler_id: string
  readonly is_typescript: boolean
}

/**
 * The routes of the original's configuration (its `routes`), for `originalBackend`. Those of its own
 * language, which no handler process answers, are left out. Throws `invalid-argument` for what is none.
 */
export function routesOfConfig(config: unknown): readonly Route[] {
  const routes = (config as { routes?: unknown } | null)?.routes ?? []
  if (!Array.isArray(routes)) throw wrong('its routes must be a list')
  return routes.filter((each) => each?.is_typescript !== false).map(routeOf)
}

/** The same routes for the original's configuration. WebSockets are left out: it has no place for them. */
export function configRoutes(routes: readonly Route[]): readonly OriginalRoute[] {
  return routes
    .filter(({ kind }) => kind === 'http')
    .map(({ id, method, path }) => ({ method, path, handler_id: id, is_typescript: true }))
}

function routeOf(given: unknown, index: number): Route & OriginalPath {
  const { method, path, handler_id: id } = (given ?? {}) as Partial<OriginalRoute>
  for (const value of [method, path, id]) {
    if (typeof value === 'string' && value !== '') continue
    throw wrong(`route ${index + 1} must have a method, a path and a handler_id`)
  }
  return {
    id: id as string,
    kind: 'http',
    method: (method as string).toUpperCase(),
    // It gives the rest of a path a name, ours calls it '*'.
    path: (path as string).replace(/\*[^/]*$/, '*'),
    originalPath: path as string,
  }
}

function wrong(why: string): TielineError {
  return new TielineError('invalid-argument', `the original's configuration cannot be used: ${why}`)
}
