// The routes that processes say they have: checked, as they come over a wire, and put together.
import { METHODS } from 'node:http'
import { fail, milliseconds } from 'tieline'
import type { Route } from '../server/backend.js'

/** Routes of one process. 10,000: a site has hundreds. */
const MOST = 10_000
const KNOWN: ReadonlySet<unknown> = new Set(METHODS)

/** Throws `invalid-argument` for what are no routes. */
export function checkedRoutes(given: readonly Route[]): readonly Route[] {
  if (!Array.isArray(given) || given.length > MOST) {
    throw fail('invalid-argument', `routes must be a list of at most ${MOST}`)
  }
  const routes = given as readonly Partial<Route>[]
  return routes.map((route) => {
    const { id, kind, method, path } = route
    const good =
      typeof id === 'string' &&
      (kind === 'http' || kind === 'socket') &&
      KNOWN.has(method) &&
      typeof path === 'string' &&
      path.startsWith('/')
    if (good && isBound(route)) return route as Route
    throw fail('invalid-argument', `not a route: ${JSON.stringify(route)?.slice(0, 200)}`)
  })
}

function isBound({ timeout, maxBodyBytes }: Partial<Route>): boolean {
  if (maxBodyBytes !== undefined && !(maxBodyBytes >= 0)) return false
  try {
    return timeout === undefined || milliseconds(timeout) > 0
  } catch {
    // Not a duration.
    return false
  }
}

/** What all of them serve; of two with one id the newer process's, which is the later one. */
export function routesOfAll(all: readonly ReadonlyMap<string, Route>[]): readonly Route[] {
  const made = new Map<string, Route>()
  for (const routes of all) for (const [id, route] of routes) made.set(id, route)
  return [...made.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}
