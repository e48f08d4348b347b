// A handler process from its start to its end: connects, loads its modules, serves, and leaves in good
// order when it is told to.
import type { HandlerLog, RoutesExport } from '../handlers/handler.js'
import { lineLog } from '../handlers/log.js'
import { routesOf } from '../handlers/routes.js'
import { loadRoutes } from '../routes/load.js'
import { type HandlerLink, linkHandlers } from './link.js'
import { createRuntime } from './registry.js'
import type { RuntimeOptions } from './runtime.js'

export interface RunHandlersOptions extends RuntimeOptions {
  /** The server's endpoint. */
  readonly at: string
  /** Modules that export `routes`, and route files. */
  readonly modules?: readonly string[]
  /** Routes of this program itself, or a function that makes them. */
  readonly routes?: RoutesExport
  readonly log?: HandlerLog
  /** What the server gave a process that it started. */
  readonly launch?: string | undefined
  /** Come back after the server was lost. False unless told. */
  readonly reconnect?: boolean
  readonly signal?: AbortSignal
}

/**
 * Joins a server with handlers. It connects before it loads modules or makes routes, so that rpc works
 * from their first line. Rejects with `connection-refused`, `invalid-argument` or what a module throws.
 * @example
 * await using link = await runHandlers({ at: 'local:web-bridge', routes: { 'GET /': () => 'hello' } })
 */
export async function runHandlers(options: RunHandlersOptions): Promise<HandlerLink> {
  const { modules = [], routes = [], log = lineLog(), at, launch, reconnect, signal } = options
  return linkHandlers({
    at,
    log,
    launch,
    ...(reconnect !== undefined && { reconnect }),
    ...(signal && { signal }),
    runtime: async (setup) => {
      const own = routesOf(typeof routes === 'function' ? await routes(setup) : routes)
      return createRuntime([...own, ...(await loadRoutes(modules, setup))], options)
    },
    joined: (id) => log.debug({ id, at }, 'joined the server'),
  })
}
