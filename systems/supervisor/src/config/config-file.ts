// Configuration files: found in a directory, read in each form that is in use, and made into
// configurations of the one form, with absolute paths.
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { invalidConfig, reasonOf } from '../domain/errors.js'
import { type AppConfig, type RawConfig, readAppConfig } from './app-config.js'
import { fromPm2 } from './pm2.js'

/** In this order, the first that is there. */
const NAMES = [
  'bunctl.json',
  'ecosystem.config.json',
  'ecosystem.config.js',
  'ecosystem.config.cjs',
  'ecosystem.config.mjs',
  'package.json',
]

/** The configuration file of a directory, or undefined. */
export function findConfigFile(directory: string): string | undefined {
  return NAMES.map((name) => join(directory, name)).find((path) => existsSync(path))
}

export function isConfigFile(path: string): boolean {
  return /\.(json|[cm]?js)$/.test(path) && existsSync(path)
}

/** Reads the apps of a file. A .js file is run. Throws `invalid-config` with one line that names the file. */
export async function loadConfigFile(path: string): Promise<RawConfig[]> {
  const absolute = resolve(path)
  try {
    const apps = appsOf(await contentOf(absolute), absolute)
    if (apps.length === 0) throw invalidConfig('there is no app in it')
    const named = new Set<string>()
    for (const [index, app] of apps.entries()) {
      const { id } = apps.length === 1 ? readAppConfig(app) : readNth(app, index)
      if (named.has(id)) throw invalidConfig(`two apps are named ${id}`)
      named.add(id)
    }
    return apps
  } catch (error) {
    throw invalidConfig(`${path}: ${plain(error)}`)
  }
}

/** Of several apps: says in which one something is wrong. */
function readNth(app: RawConfig, index: number): AppConfig {
  try {
    return readAppConfig(app)
  } catch (error) {
    const { name } = app
    const which = typeof name === 'string' ? ` (${JSON.stringify(name.slice(0, 60))})` : ''
    throw invalidConfig(`app ${index + 1}${which}: ${plain(error)}`)
  }
}

function plain(error: unknown): string {
  return reasonOf(error).replace(/^Invalid config: /, '')
}

async function contentOf(path: string): Promise<unknown> {
  if (!path.endsWith('.json')) {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown }
    return module.default ?? module
  }
  const text = readFileSync(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`it is not JSON: ${reasonOf(error)}`)
  }
}

function appsOf(content: unknown, path: string): RawConfig[] {
  const directory = dirname(path)
  const name = basename(path)
  if (name === 'package.json') return packageApps(content, directory)
  if (name.startsWith('ecosystem.')) return pm2Apps(content, directory)
  return ownApps(content, directory)
}

/** One app, a list of them, or `{"apps": […]}`. */
function ownApps(content: unknown, directory: string): RawConfig[] {
  return listOf(content).map((app) => withAbsolutePaths(app, directory))
}

function pm2Apps(content: unknown, directory: string): RawConfig[] {
  return listOf(content).map((app) => withAbsolutePaths(fromPm2(app), directory))
}

function listOf(content: unknown): unknown[] {
  const apps = isObject(content) && 'apps' in content ? content['apps'] : content
  return Array.isArray(apps) ? (apps as unknown[]) : [apps]
}

function packageApps(content: unknown, directory: string): RawConfig[] {
  if (!isObject(content)) throw new Error('it must be an object')
  const { bunctl, pm2, scripts, name } = content
  if (bunctl !== undefined) return ownApps(named(bunctl, name), directory)
  if (pm2 !== undefined) return pm2Apps(named(pm2, name), directory)
  if (!isObject(scripts) || typeof scripts['start'] !== 'string') {
    throw new Error('it has no "bunctl", no "pm2" and no start script')
  }
  const own = typeof name === 'string' ? name.replace(/^@[^/]*\//, '') : basename(directory)
  return [withAbsolutePaths({ name: own, command: 'npm', args: ['start'] }, directory)]
}

/** One app of a package needs no name of its own. */
function named(app: unknown, name: unknown): unknown {
  return isObject(app) && !('apps' in app) && !('name' in app) ? { name, ...app } : app
}

const PATHS = ['cwd', 'stdout_log', 'stderr_log', 'combined_log'] as const

/** Paths are relative to the file, and what the app itself names is relative to its `cwd`. */
function withAbsolutePaths(app: unknown, directory: string): RawConfig {
  if (!isObject(app)) throw invalidConfig('an app must be an object')
  const made: Record<string, unknown> = { cwd: directory, ...app }
  for (const field of PATHS) {
    if (typeof made[field] === 'string') made[field] = resolve(directory, made[field])
  }
  const files = made['env_file']
  if (typeof files === 'string') made['env_file'] = resolve(directory, files)
  else if (Array.isArray(files)) {
    made['env_file'] = files.map((file) =>
      typeof file === 'string' ? resolve(directory, file) : (file as unknown),
    )
  }
  return made
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
