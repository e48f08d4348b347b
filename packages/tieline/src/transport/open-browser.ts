// What open.ts is in a page: bundlers take this file in its place (`browser` in package.json), so that
// no bundle contains what only Node has.
import { invalidEndpoint, splitEndpoint } from './scheme.js'
import type { Transport } from './transport.js'
import { websocket } from './websocket/browser.js'

/** The transport at an endpoint. Rejects with `invalid-endpoint` for one that a page cannot reach. */
export async function transportFor(endpoint: string): Promise<Transport> {
  const { scheme } = splitEndpoint(endpoint)
  if (scheme === 'ws' || scheme === 'wss') return websocket(endpoint)
  throw invalidEndpoint(endpoint, `a page in a browser reaches ws: and wss:, not ${scheme}:`)
}
