// What both ends of a WebSocket share: the endpoint's form, the subprotocol that carries the token,
// what close codes mean, and the options of either end. Runs in browsers.
import type { CloseInfo } from '../../channel/channel.js'
import type { Clock } from '../../clock.js'
import { isTielineError, TielineError } from '../../errors.js'
import { invalidEndpoint, SCHEMES, splitEndpoint } from '../scheme.js'

/** What a client offers and a server chooses. */
export const SUBPROTOCOL = 'tieline'
/** A second subprotocol that a client offers and no server ever chooses, so that it is not sent back. */
export const TOKEN_PREFIX = 'tieline.token.'

/** What both ends may set. */
export interface WebSocketTuning {
  /** Bytes not yet taken by the system before `send` returns false. Default 64 KiB. */
  readonly highWater?: number
  /** Frames that one message may come in. Default 16,384: 1 KiB each in the largest message. */
  readonly fragments?: number
  /**
   * Milliseconds from one ping to the next; a side that answers none until then is gone. false: no
   * pings. Default 30 s: under the minute after which what lies between may forget a connection.
   */
  readonly pingMs?: number | false
  readonly clock?: Clock
}

/** A `ws:` or `wss:` endpoint, taken apart. */
export interface WebSocketAddress {
  readonly endpoint: string
  readonly secure: boolean
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  readonly path: string
}

/** Reads a `ws:` or `wss:` endpoint. Throws `invalid-endpoint`. */
export function webSocketAddress(endpoint: string): WebSocketAddress {
  const { scheme, rest } = splitEndpoint(endpoint)
  if (scheme !== 'ws' && scheme !== 'wss') {
    throw invalidEndpoint(endpoint, `write it as ${SCHEMES.ws} or ${SCHEMES.wss}`)
  }
  if (rest === '') throw invalidEndpoint(endpoint, `write it as ${SCHEMES[scheme]}`)
  let url: URL
  try {
    url = new URL(endpoint)
  } catch (cause) {
    throw invalidEndpoint(endpoint, `it is not a URL; write it as ${SCHEMES[scheme]}`, cause)
  }
  // What is in a URL ends up in histories and logs.
  if (url.username !== '' || url.password !== '' || /[?#]/.test(endpoint)) {
    const hint = 'a token is given as an option, never in the URL'
    throw invalidEndpoint(endpoint, `it may have a host, a port and a path, and no more; ${hint}`)
  }
  const secure = scheme === 'wss'
  return {
    endpoint,
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname,
  }
}

/** Whether only programs of this machine can reach that host. */
export function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost'
}

/** The subprotocols that a client offers. */
export function offeredProtocols(
  token: string | undefined,
  own: string | false = SUBPROTOCOL,
): string[] {
  const first = own === false ? [] : [own]
  return token === undefined ? first : [...first, tokenProtocol(token)]
}

/** The subprotocol that carries a token: any text, as base64url of its UTF-8. */
export function tokenProtocol(token: string): string {
  const binary = Array.from(new TextEncoder().encode(token), (byte) => String.fromCharCode(byte))
  const base64 = btoa(binary.join('')).replace(/=+$/, '')
  return TOKEN_PREFIX + base64.replaceAll('+', '-').replaceAll('/', '_')
}

/** Close codes, as RFC 6455 and its registry number them. */
export const CLOSED = {
  normal: 1000,
  /** The page was left, or the server is going down. */
  goingAway: 1001,
  protocolError: 1002,
  /** A text message: only binary ones are read. */
  unsupportedData: 1003,
  /** The other side gave no code, as a browser's `close()` does. Never sent. */
  noStatus: 1005,
  /** The connection broke off. Never sent. */
  abnormal: 1006,
  policyViolation: 1008,
  tooLarge: 1009,
  internal: 1011,
  tryAgainLater: 1013,
} as const

const CODE_OF: Readonly<Record<string, number>> = {
  malformed: CLOSED.protocolError,
  'version-mismatch': CLOSED.protocolError,
  'permission-denied': CLOSED.policyViolation,
  'too-large': CLOSED.tooLarge,
  'resource-exhausted': CLOSED.tryAgainLater,
  unavailable: CLOSED.goingAway,
}

/** What the other side is told when a channel is broken off for that reason. */
export function closeCode(reason: Error): number {
  return (isTielineError(reason) ? CODE_OF[reason.code] : undefined) ?? CLOSED.internal
}

const IN_GOOD_ORDER: readonly number[] = [CLOSED.normal, CLOSED.goingAway, CLOSED.noStatus]

/** How the other side ended it, from the code and the text that it gave. */
export function closedBy(code: number, text: string, endpoint: string, cause?: Error): CloseInfo {
  if (IN_GOOD_ORDER.includes(code)) return { by: 'remote' }
  if (code === CLOSED.abnormal) {
    const how = cause?.message ?? 'it broke off'
    return { by: 'remote', error: connectionLost(endpoint, how, { cause }) }
  }
  const said = text === '' ? '' : `, ${JSON.stringify(text)}`
  const how = `the other side closed it with ${code}${said}`
  return { by: 'remote', error: connectionLost(endpoint, how) }
}

export function connectionLost(
  endpoint: string,
  how: string,
  details: { cause?: unknown; sent?: 'no' } = {},
): TielineError {
  const message = `connection to ${endpoint} lost: ${how}`
  return new TielineError('connection-lost', message, { origin: 'channel', endpoint, ...details })
}
