// Who may open a WebSocket or use the server's own calls: a page of any site can reach a server on
// this machine, and only what its browser adds tells such a page apart.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TielineError } from 'tieline'

export interface AccessOptions {
  /**
   * Pages that may open WebSockets, each as its exact origin: `https://app.example`. Pages of the
   * server's own origin may unless this is told; then only those in the list.
   */
  readonly origins?: readonly string[]
  /**
   * WebSockets of programs that send no Origin, which no page can do. False unless told: any program
   * of any user on the machine could be one.
   */
  readonly withoutOrigin?: boolean
  /**
   * Values of the Host header, each as `name` or `name:port`, under which the server is known beside
   * its own: behind a proxy, the site's. Others are no origin of ours, whatever DNS says.
   */
  readonly hosts?: readonly string[]
}

export interface Refusal {
  readonly status: 401 | 403
  /** For the log. Never contains a token. */
  readonly why: string
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Listening on all addresses: under which names, only `hosts` can tell. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]'])
/** Characters of a foreign value that the log shows. */
const SHOWN = 100

export class Access {
  readonly #hosts: ReadonlySet<string>
  readonly #origins: ReadonlySet<string> | undefined
  readonly #withoutOrigin: boolean

  /** Throws `invalid-argument` for an origin that no browser sends. `host`: what the server listens on. */
  constructor(host: string, { origins, withoutOrigin = false, hosts = [] }: AccessOptions) {
    const own = isLoopback(host) || EVERYWHERE.has(host) ? [...LOOPBACK] : [host.toLowerCase()]
    this.#hosts = new Set([...own, ...hosts.map((each) => each.toLowerCase())])
    this.#origins = origins && new Set(origins.map(checkedOrigin))
    this.#withoutOrigin = withoutOrigin
  }

  /** Whether the Host header names this server. A name that DNS was rebound to does not. */
  knowsHost({ headersDistinct }: IncomingMessage): boolean {
    const { host = [] } = headersDistinct
    if (host.length !== 1) return false
    const given = (host[0] as string).toLowerCase()
    return this.#hosts.has(given) || this.#hosts.has(given.replace(/:\d+$/, ''))
  }

  /** Why a WebSocket is refused; undefined when it is not. */
  refusalOf(request: IncomingMessage): Refusal | undefined {
    const { host = [], origin = [] } = request.headersDistinct
    if (!this.knowsHost(request)) {
      return { status: 403, why: `its Host ${shown(host)} is not one of this server's` }
    }
    if (origin.length === 0) {
      return this.#withoutOrigin ? undefined : { status: 403, why: 'it has no Origin' }
    }
    const given = origin[0] as string
    const own = [`http://${host[0]}`, `https://${host[0]}`].map((each) => each.toLowerCase())
    const allowed = this.#origins?.has(given) ?? own.includes(given)
    if (origin.length === 1 && allowed) return undefined
    return { status: 403, why: `its Origin ${shown(origin)} is not allowed` }
  }
}

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === '::1' || host.startsWith('127.')
}

/** An address as a socket tells it. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address === '::1' || address?.replace(/^::ffff:/, '').startsWith('127.') === true
}

function checkedOrigin(origin: string): string {
  let canonical = 'null'
  try {
    canonical = new URL(origin).origin
  } catch {
    // Said below.
  }
  // Sandboxed pages and files are all 'null', so that allowing it allows any site.
  if (canonical !== 'null' && canonical === origin) return origin
  const message = `${JSON.stringify(origin)} is no origin; write it as 'https://app.example', without a path`
  throw new TielineError('invalid-argument', `origins: ${message}`)
}

function shown(values: readonly string[]): string {
  return JSON.stringify(values.join(', ').slice(0, SHOWN))
}

/** Takes as long for a token that is nearly right as for any other; digests have one length. */
export function sameToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
