// From an endpoint string to the transport that serves it. Each scheme's file is loaded when it is
// first asked for, so that a program loads only what it uses.
import { parseEndpoint } from './endpoint.js'
import type { LocalOptions } from './local/local.js'
import type { MailboxTransportOptions } from './mailbox/mailbox.js'
import { invalidEndpoint, type Scheme } from './scheme.js'
import type { StdioOptions } from './stdio/stdio.js'
import type { Transport } from './transport.js'
import type { WebSocketOptions } from './websocket/websocket.js'

/** What `transportFor` hands to the transport of the endpoint's scheme. */
export interface TransportOptions {
  /** For `local:`, `unix:` and `pipe:`. */
  readonly local?: LocalOptions
  readonly stdio?: StdioOptions
  readonly mailbox?: MailboxTransportOptions
  /** For `ws:` and `wss:`. */
  readonly websocket?: WebSocketOptions
}

type Open = (endpoint: string, options: TransportOptions) => Promise<Transport>

const openLocal: Open = async (endpoint, options) =>
  (await import('./local/local.js')).local(endpoint, options.local)

const openWebSocket: Open = async (endpoint, options) =>
  (await import('./websocket/websocket.js')).websocket(endpoint, options.websocket)

const OPENERS: Partial<Record<Scheme, Open>> = {
  local: openLocal,
  unix: openLocal,
  pipe: openLocal,
  stdio: async (_, options) => (await import('./stdio/stdio.js')).stdio(options.stdio),
  mailbox: async (endpoint, options) =>
    (await import('./mailbox/mailbox.js')).mailbox(endpoint, options.mailbox),
  ws: openWebSocket,
  wss: openWebSocket,
}

/** The transport at an endpoint. Rejects with `invalid-endpoint` for one that cannot be read or served. */
export async function transportFor(
  endpoint: string,
  options: TransportOptions = {},
): Promise<Transport> {
  const { scheme } = parseEndpoint(endpoint)
  const open = OPENERS[scheme]
  if (open === undefined) {
    const known = Object.keys(OPENERS).join(':, ')
    throw invalidEndpoint(endpoint, `no transport for ${scheme}: is here; there are ${known}:`)
  }
  return open(endpoint, options)
}
