// What the original's handlers answer as our server's responses: heads, bodies as they come, and errors
// with the statuses that they were sent with.
import { randomUUID } from 'node:crypto'
import { isTielineError } from 'tieline'
import { HEADER_NAME, HEADER_VALUE } from '../../handlers/response.js'
import type { BridgeResponse } from '../../server/backend.js'
import { malformed } from '../wire/fields.js'
import type { ErrorMessage, HandlerResponseMessage, StreamStart } from '../wire/messages.js'
import { HANDLER_ERROR } from './dialect.js'

/** The body of an answer that has begun with `head`. `rest` gives the chunks. */
export function responseOf(
  head: HandlerResponseMessage | StreamStart,
  rest: AsyncIterable<Uint8Array>,
): BridgeResponse {
  const headers = checkedHeaders(head.headers)
  const body = head.type === 'handler_response' ? head.body : rest
  return { status: head.status, headers, body }
}

/** Our server says these itself. */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** Names in lower case. Throws `malformed` for what HTTP cannot carry. */
function checkedHeaders(given: Readonly<Record<string, string>>): BridgeResponse['headers'] {
  const made: Record<string, string | string[]> = {}
  for (const [spelled, value] of Object.entries(given)) {
    const name = spelled.toLowerCase()
    if (!HEADER_NAME.test(name))
      throw malformed('a response header has a name that HTTP cannot carry')
    if (!HEADER_VALUE.test(value))
      throw malformed(`the value of header ${name} is not one HTTP can carry`)
    if (SERVERS_OWN.has(name) || name === '__proto__') continue
    // Own ones: every object has a `constructor`, which is a fine name for a header.
    const known = Object.hasOwn(made, name) ? made[name] : undefined
    // The same name in another spelling: how several cookies come over this wire.
    if (name === 'set-cookie') made[name] = [...(known ?? []), value]
    else made[name] = known === undefined ? value : `${String(known)}, ${value}`
  }
  return made
}

/** The response of an `error` message, or undefined for any other error. */
export function errorResponse(
  thrown: unknown,
  requestId: string,
  development: boolean,
): BridgeResponse | undefined {
  if (!isTielineError(thrown, HANDLER_ERROR)) return undefined
  const { code, status, digest } = thrown.data as ErrorMessage
  // What a handler threw may name things that the browser must not know; a refusal is meant for it.
  const message = status < 500 || development ? thrown.message : 'Internal Server Error'
  return jsonResponse(status < 400 ? 500 : status, {
    code,
    message,
    requestId,
    ...(digest !== '' && { digest }),
  })
}

export function jsonResponse(status: number, error: object): BridgeResponse {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers, body: JSON.stringify({ error }) }
}

export function newConnectionId(): string {
  return `ws_${randomUUID()}`
}
