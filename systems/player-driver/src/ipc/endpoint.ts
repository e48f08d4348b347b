// Where the driver is: one rule for the driver, its clients and the command line.
import { resolve } from 'node:path'
import { local, type Transport } from 'tieline/transport'

export interface EndpointEnvironment {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const SCHEME = /^[A-Za-z][\w+.-]*:/
const WINDOWS_PIPE = /^\\\\[.?]\\pipe\\/i

/**
 * `FSCT_IPC_ENDPOINT` if it is set and not blank; else the pipe `fsct_host_v1` on Windows, and
 * `${XDG_RUNTIME_DIR}/fsct/fsct.sock` elsewhere (without that variable, a directory of the user's
 * own; see `local:`).
 */
export function driverEndpoint(environment: EndpointEnvironment = process): string {
  const { env, platform } = environment
  const told = env.FSCT_IPC_ENDPOINT?.trim()
  if (told) return endpointFrom(told)
  return platform === 'win32' ? 'pipe:fsct_host_v1' : 'local:fsct'
}

/** An endpoint as people write it: `local:NAME`, `unix:/PATH`, `pipe:NAME`, or the path of a socket or a pipe. */
export function endpointFrom(text: string): string {
  if (WINDOWS_PIPE.test(text)) return `pipe:${text.replace(WINDOWS_PIPE, '')}`
  if (SCHEME.test(text) || !text.includes('/')) return text
  return `unix:${resolve(text)}`
}

/**
 * A `unix:` endpoint of a driver that all users of the machine share. Every client's user is the
 * kernel's word, as players are told apart by it: where the kernel does not tell, listening rejects with
 * `unsupported`. Throws `invalid-argument` for an endpoint of one user.
 */
export function forAllUsers(endpoint: string): Transport {
  return local(endpoint, { mode: 0o666, allow: () => true })
}
