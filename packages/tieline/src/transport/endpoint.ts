// Endpoint strings: read them, and find the socket path or pipe name that a local one stands for.
// Pure functions of their arguments, so that every platform's rules are tested on any platform.
import { invalidEndpoint, quoted, SCHEMES, splitEndpoint } from './scheme.js'

/** An endpoint, taken apart. */
export type Endpoint =
  /** A name of the user's own: `local:greeter`. */
  | { readonly scheme: 'local'; readonly name: string }
  /** A socket at an absolute path: `unix:/run/greeter.sock`. */
  | { readonly scheme: 'unix'; readonly path: string }
  /** A Windows named pipe: `pipe:greeter`. */
  | { readonly scheme: 'pipe'; readonly name: string }
  /** This process's own stdin and stdout, or a child's. */
  | { readonly scheme: 'stdio' }
  /** Read by the transport of that scheme. `rest` is what follows the colon. */
  | { readonly scheme: 'ws' | 'wss' | 'mailbox'; readonly rest: string }

/** What the path of a `local:` endpoint depends on. */
export interface Environment {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's number; undefined on Windows. */
  readonly uid: number | undefined
}

/** Where a local endpoint is in the system. */
export interface LocalAddress {
  readonly kind: 'socket' | 'pipe'
  /** What the system is given: a path, or `\\.\pipe\NAME`. */
  readonly path: string
  /** The directory that the server makes and keeps to its user; only `local:` has one. */
  readonly ownDirectory?: string
}

/** Bytes of a socket path: sun_path is 108 on Linux and 104 on macOS and the BSDs, with its closing NUL. */
const PATH_BYTES_LINUX = 107
const PATH_BYTES_OTHER = 103
/** Characters of a name. 64: what every path limit has room for, next to a usual directory. */
const NAME_LENGTH = 64

/** Reads an endpoint. Throws `invalid-endpoint`. */
export function parseEndpoint(text: string): Endpoint {
  const { scheme, rest } = splitEndpoint(text)
  switch (scheme) {
    case 'local':
    case 'pipe':
      checkName(text, scheme, rest)
      return { scheme, name: rest }
    case 'unix':
      checkPath(text, rest)
      return { scheme, path: rest }
    case 'stdio':
      if (rest !== '') throw invalidEndpoint(text, "nothing may follow the colon; write 'stdio:'")
      return { scheme }
    default:
      if (rest === '') throw invalidEndpoint(text, `write it as ${SCHEMES[scheme]}`)
      return { scheme, rest }
  }
}

function checkName(endpoint: string, scheme: 'local' | 'pipe', name: string): void {
  const rule = `a name is 1 to ${NAME_LENGTH} letters, digits, '-', '_' and '.'`
  if (name === '') throw invalidEndpoint(endpoint, `the name is missing; ${rule}`)
  if (name.length > NAME_LENGTH) {
    throw invalidEndpoint(endpoint, `the name has ${name.length} characters; ${rule}`)
  }
  const bad = /[^A-Za-z0-9._-]/u.exec(name)
  if (bad !== null) {
    const hint = /[/\\]/.test(bad[0]) && scheme === 'local' ? '; for a path write unix:/…' : ''
    const where = `${JSON.stringify(bad[0])} at character ${bad.index + 1} of the name`
    throw invalidEndpoint(endpoint, `${where} is not allowed; ${rule}${hint}`)
  }
  if (name.startsWith('.') || name.includes('..')) {
    throw invalidEndpoint(endpoint, "a name neither begins with '.' nor contains '..'")
  }
}

function checkPath(endpoint: string, path: string): void {
  if (path === '') throw invalidEndpoint(endpoint, `the path is missing; write ${SCHEMES.unix}`)
  const nul = path.indexOf('\0')
  if (nul >= 0) {
    const end = 'the system would end the path there'
    throw invalidEndpoint(endpoint, `the path has a NUL at character ${nul + 1}; ${end}`)
  }
  if (path.startsWith('//')) {
    const hint = `write ${quoted(`unix:/${path.replace(/^\/+/, '')}`)}`
    throw invalidEndpoint(endpoint, `the path begins with more than one '/'; ${hint}`)
  }
  if (!path.startsWith('/')) {
    throw invalidEndpoint(endpoint, `the path is not absolute; write ${SCHEMES.unix}`)
  }
  if (path.endsWith('/')) {
    throw invalidEndpoint(endpoint, "the path ends with '/'; name the socket itself")
  }
}

/** This process's environment. */
export function systemEnvironment(): Environment {
  return { platform: process.platform, env: process.env, uid: process.geteuid?.() }
}

/**
 * Where a `local:`, `unix:` or `pipe:` endpoint is. Throws `invalid-endpoint` for one that this
 * platform does not have, and for a path longer than the platform takes.
 */
export function localAddress(text: string, environment = systemEnvironment()): LocalAddress {
  const endpoint = parseEndpoint(text)
  const windows = environment.platform === 'win32'
  switch (endpoint.scheme) {
    case 'pipe':
      if (windows) return pipeAddress(endpoint.name)
      throw invalidEndpoint(text, `named pipes are Windows only; write local:${endpoint.name}`)
    case 'local':
      if (windows) return pipeAddress(endpoint.name)
      return ownSocket(text, endpoint.name, environment)
    case 'unix':
      if (windows)
        throw invalidEndpoint(text, 'Windows has no socket paths here; use local: or pipe:')
      checkPathLength(text, endpoint.path, environment.platform)
      return { kind: 'socket', path: endpoint.path }
    default:
      throw invalidEndpoint(text, 'it is not local:, unix: or pipe:, which this transport is for')
  }
}

function pipeAddress(name: string): LocalAddress {
  return { kind: 'pipe', path: `\\\\.\\pipe\\${name}` }
}

function ownSocket(text: string, name: string, environment: Environment): LocalAddress {
  const { env, uid, platform } = environment
  const runtime = absolute(env.XDG_RUNTIME_DIR)
  const ownDirectory =
    runtime === undefined
      ? `${absolute(env.TMPDIR) ?? '/tmp'}/${name}-${uid ?? 'user'}`
      : `${runtime}/${name}`
  const path = `${ownDirectory}/${name}.sock`
  checkPathLength(text, path, platform)
  return { kind: 'socket', path, ownDirectory }
}

// A relative or empty directory in the environment counts as unset, as the XDG specification has it.
function absolute(directory: string | undefined): string | undefined {
  if (directory === undefined || !directory.startsWith('/')) return undefined
  return directory.replace(/\/+$/, '')
}

function checkPathLength(endpoint: string, path: string, platform: string): void {
  const limit = pathLimit(platform)
  const length = new TextEncoder().encode(path).length
  if (length <= limit) return
  // A path that the endpoint spells out is not said twice: it is long.
  const which = endpoint.endsWith(path) ? 'its path' : `the socket path ${JSON.stringify(path)}`
  const problem = `${which} has ${length} bytes`
  throw invalidEndpoint(endpoint, `${problem}; ${platform} allows at most ${limit}: shorten it`)
}

/** Bytes that a socket path may have on the platform. */
export function pathLimit(platform: string): number {
  return platform === 'linux' || platform === 'android' ? PATH_BYTES_LINUX : PATH_BYTES_OTHER
}
