// Who may open a WebSocket: what is checked of a request before it is upgraded. A page of any site
// can send one to a server on this machine; only what its browser adds tells such a page apart.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TielineError } from '../../errors.js'
import { isLoopback, TOKEN_PREFIX, tokenProtocol, type WebSocketAddress } from './protocol.js'

/** Which pages and programs a WebSocket server lets in. */
export interface AccessOptions {
  /**
   * Pages that may connect, each as its exact origin: `https://app.example`, `http://127.0.0.1:5173`,
   * `chrome-extension://…`. None unless told.
   */
  readonly origins?: readonly string[]
  /**
   * Clients that send no Origin, which is every program that is not a browser, and no page. Default:
   * allowed when there is a token, refused when `token` is false.
   */
  readonly withoutOrigin?: boolean
  /** More values of the Host header, each as `name` or `name:port`. The endpoint's own are always allowed. */
  readonly hosts?: readonly string[]
  /** Answer at every path, and whatever stands behind a `?`, for clients of another server before this one. */
  readonly anyPath?: boolean
}

/** What a request must have. */
export interface Access {
  /** undefined: any. */
  readonly path: string | undefined
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  readonly withoutOrigin: boolean
  readonly token: string | undefined
}

export interface Refusal {
  readonly status: 401 | 403 | 404 | 431
  /** For the server's log. Never contains a token. */
  readonly why: string
}

/** Headers of one request. 100: browsers send about 15. */
const HEADERS = 100
/** Characters of a foreign value that an error shows. */
const SHOWN = 100

/** What a server at that address asks for. Throws `invalid-argument` for origins that no browser sends. */
export function accessTo(
  address: WebSocketAddress,
  port: number,
  token: string | undefined,
  options: AccessOptions,
): Access {
  const names = isLoopback(address.host) ? ['127.0.0.1', '[::1]', 'localhost'] : [address.host]
  const usual = port === (address.secure ? 443 : 80)
  const own = names.flatMap((name) => (usual ? [name, `${name}:${port}`] : [`${name}:${port}`]))
  const { origins = [], hosts = [], withoutOrigin = token !== undefined } = options
  return {
    path: options.anyPath ? undefined : address.path,
    hosts: new Set([...own, ...hosts].map((host) => host.toLowerCase())),
    origins: new Set(origins.map(checkedOrigin)),
    withoutOrigin,
    token,
  }
}

function checkedOrigin(origin: string): string {
  // Pages in sandboxes and from files are all 'null', so that allowing it allows any site.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s*]+$/.test(origin)) {
    const form = "write it as 'https://app.example' or 'http://127.0.0.1:5173', without a path"
    throw wrong(`${JSON.stringify(origin)} is no origin that can be allowed; ${form}`)
  }
  const canonical = new URL(origin).origin
  // Schemes that are not the web's have no canonical form.
  if (canonical === 'null' || canonical === origin) return origin
  throw wrong(`${JSON.stringify(origin)} never matches; browsers send ${JSON.stringify(canonical)}`)
}

function wrong(message: string): TielineError {
  return new TielineError('invalid-argument', `origins: ${message}`)
}

/** Why a request is not upgraded; undefined when it is. */
export function refusalOf(request: IncomingMessage, access: Access): Refusal | undefined {
  const headers = request.rawHeaders.length / 2
  if (headers > HEADERS) {
    return { status: 431, why: `it has ${headers} headers; the limit is ${HEADERS}` }
  }
  const { host = [], origin = [] } = request.headersDistinct
  if (host.length !== 1 || !access.hosts.has((host[0] as string).toLowerCase())) {
    return { status: 403, why: `its Host ${shown(host)} is not one of this server's` }
  }
  if (origin.length === 0 && !access.withoutOrigin) {
    return { status: 403, why: 'it has no Origin, and without a token it needs one' }
  }
  if (origin.length > 0 && (origin.length > 1 || !access.origins.has(origin[0] as string))) {
    return { status: 403, why: `its Origin ${shown(origin)} is not allowed` }
  }
  if (access.token !== undefined) {
    const sent = sentToken(request)
    if (sent === undefined) return { status: 401, why: 'it has no token' }
    if (!same(sent, tokenProtocol(access.token))) return { status: 401, why: 'its token is wrong' }
  }
  if (access.path !== undefined && request.url !== access.path) {
    return { status: 404, why: 'it asks for another path' }
  }
  return undefined
}

function sentToken(request: IncomingMessage): string | undefined {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered
    .split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(TOKEN_PREFIX))
}

/** Takes as long for a token that is nearly right as for any other; digests have one length. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function shown(values: readonly string[]): string {
  return JSON.stringify(values.join(', ').slice(0, SHOWN))
}
