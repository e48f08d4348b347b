// Where a daemon listens and where it keeps its state, for this user and this environment.
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Place {
  readonly endpoint: string
  /** Bind in a directory that others can write to: only where an original client would look. */
  readonly shared: boolean
}

type Env = Readonly<Record<string, string | undefined>>

const NAME = 'bunctl.sock'
const SHARED = `unix:/tmp/${NAME}`

/**
 * Where the original listens: `$XDG_RUNTIME_DIR/bunctl.sock`, else `/tmp/bunctl.sock`, for its clients
 * look nowhere else. SUPERCTL_SOCKET takes precedence, `given` (--socket) over both: a path or an
 * endpoint.
 */
export function daemonPlace(
  given: string | undefined,
  env: Env = process.env,
  platform: string = process.platform,
): Place {
  const told = given ?? (env['SUPERCTL_SOCKET'] || undefined)
  if (told !== undefined) {
    const endpoint = /^[a-z]+:/.test(told) ? told : `unix:${resolve(told)}`
    return { endpoint, shared: endpoint === SHARED }
  }
  if (platform === 'win32') return { endpoint: 'pipe:bunctl_bunctl', shared: false }
  const runtime = env['XDG_RUNTIME_DIR']
  // A relative or empty directory counts as unset, as the XDG specification has it.
  if (runtime?.startsWith('/')) return { endpoint: `unix:${join(runtime, NAME)}`, shared: false }
  return { endpoint: SHARED, shared: true }
}

/**
 * The directory of a daemon's state: `$XDG_STATE_HOME/superctl/NAME`. NAME is `default`, or made of the
 * endpoint, so that two daemons never share one. SUPERCTL_STATE and `given` (--state) take precedence.
 */
export function stateDirectory(
  { endpoint }: Place,
  given: string | undefined,
  env: Env = process.env,
): string {
  const told = given ?? (env['SUPERCTL_STATE'] || undefined)
  if (told !== undefined) return resolve(told)
  const home = env['XDG_STATE_HOME']
  const base = home?.startsWith('/') ? home : join(homedir(), '.local', 'state')
  const usual = daemonPlace(undefined, { ...env, SUPERCTL_SOCKET: undefined }).endpoint
  const name =
    endpoint === usual
      ? 'default'
      : createHash('sha256').update(endpoint).digest('hex').slice(0, 16)
  return join(base, 'superctl', name)
}
