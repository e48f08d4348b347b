// Routes from modules and route files, as a handler process loads them when it starts.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TielineError } from 'tieline'
import { placeOf, toErrorLine } from '../handlers/error-line.js'
import type { Handler, HandlerSetup, HandlersOf, SocketHandler } from '../handlers/handler.js'
import { type CheckedRoute, routesOf } from '../handlers/routes.js'

/**
 * The routes of all modules together. A module exports `routes`: a list, a table or a function that
 * makes one; a file that ends in `.json` is a route file, `{ "GET /users/:id": "./users.js#show" }`.
 * Throws `invalid-argument` naming the module, and whatever a module throws when it is loaded.
 */
export async function loadRoutes(
  modules: readonly string[],
  setup: HandlerSetup,
): Promise<readonly CheckedRoute[]> {
  const all: CheckedRoute[] = []
  const from = new Map<string, string>()
  for (const module of modules) {
    const given = module.endsWith('.json')
      ? await fromFile(module)
      : await fromModule(module, await importOf(module, resolve(module)), setup)
    for (const route of routesIn(module, given)) {
      const other = from.get(route.id)
      if (other !== undefined) throw wrong(module, `has ${route.id}, which ${other} has too`)
      from.set(route.id, module)
      all.push(route)
    }
  }
  return all
}

type Exports = Readonly<Record<string, unknown>>

async function importOf(module: string, path: string): Promise<Exports> {
  try {
    return (await import(pathToFileURL(path).href)) as Exports
  } catch (cause) {
    if (!existsSync(path)) throw wrong(module, 'there is no such file', cause)
    const place = placeOf(cause)
    const line = toErrorLine(cause)
    throw wrong(module, place === undefined ? line : `${line} (${place})`, cause)
  }
}

async function fromModule(
  module: string,
  exports: Exports,
  setup: HandlerSetup,
): Promise<HandlersOf> {
  const given = exports['routes'] ?? exports['default']
  const made: unknown = typeof given === 'function' ? await given(setup) : given
  if (typeof made === 'object' && made !== null) return made as HandlersOf
  throw wrong(module, 'must export routes: a list, a table, or a function that returns one')
}

async function fromFile(file: string): Promise<HandlersOf> {
  let table: unknown
  try {
    table = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw wrong(file, `can not be read: ${(cause as Error).message}`)
  }
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw wrong(file, 'must be an object: { "GET /users/:id": "./users.js#show" }')
  }
  const made: Record<string, Handler | SocketHandler> = {}
  for (const [route, where] of Object.entries(table)) {
    made[route] = await named(file, route, where)
  }
  return made
}

async function named(file: string, route: string, where: unknown): Promise<Handler> {
  const [path, name, ...more] = typeof where === 'string' ? where.split('#') : []
  if (!path || !name || more.length > 0) {
    throw wrong(file, `must say for ${route} where its handler is, as "./users.js#show"`)
  }
  const exports = await importOf(`${file}: ${path}`, resolve(dirname(file), path))
  const handler = Object.hasOwn(exports, name) ? exports[name] : undefined
  if (handler === undefined) throw wrong(file, `names ${where}, which exports no ${name}`)
  return handler as Handler
}

function routesIn(module: string, given: HandlersOf): readonly CheckedRoute[] {
  try {
    return routesOf(given)
  } catch (error) {
    throw wrong(module, (error as Error).message)
  }
}

function wrong(module: string, why: string, cause?: unknown): TielineError {
  return new TielineError('invalid-argument', `${module}: ${why}`, { cause })
}
