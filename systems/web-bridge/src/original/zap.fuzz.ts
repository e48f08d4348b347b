// Fuzz target: what the original's halves may send to ours, at the handlers' socket from either side and
// at the functions', up to the response that a browser would get of it.
import { defaultLimits } from 'tieline'
import type { Protocol } from 'tieline/dialect'
import { checkKeys, protocolTarget, refusedOr } from 'tieline/testing'
import { backendProtocol } from './backend/dialect.js'
import { responseOf } from './backend/response.js'
import { handlersProtocol } from './handlers/dialect.js'
import { receivedRequest, upgradeRequest } from './handlers/request.js'
import { rpcProtocol } from './rpc/dialect.js'
import { base64Of, bytesOfBase64 } from './wire/base64.js'
import { originalWire } from './wire/frames.js'
import { readMessage } from './wire/messages.js'

export const name = 'zap'

/** The server's side once it waits for an answer and for a sign of health: only then are there any. */
const waiting: Protocol = {
  ...backendProtocol(),
  dialect() {
    const dialect = backendProtocol().dialect(defaultLimits)
    const params = { type: 'invoke_handler' }
    const asked = {
      kind: 'request',
      id: 1,
      method: 'h',
      timeout: undefined,
      meta: undefined,
    } as const
    dialect.write({ ...asked, params, window: 1 }, () => {})
    dialect.write({ ...asked, id: 2, params: null, window: undefined }, () => {})
    return dialect
  },
}

const connections = [handlersProtocol(1000), backendProtocol(), waiting, rpcProtocol()].map(
  protocolTarget,
)

export function target(bytes: Uint8Array): void {
  for (const connection of connections) connection(bytes)
  const decoder = originalWire().decoder(defaultLimits)
  refusedOr(() => decoder.push(bytes, (value) => refusedOr(() => used(value))))
}

/** What becomes of a message once it was read. */
function used(value: unknown): void {
  const message = readMessage(value)
  checkKeys(message)
  switch (message?.type) {
    case 'invoke_handler': {
      const { path, query, cookies, params, headers } = receivedRequest(message.request)
      checkKeys({ path, query, cookies, params, headers })
      break
    }
    case 'ws_connect': {
      const { query, cookies, headers } = upgradeRequest(message)
      checkKeys({ query, cookies, headers })
      break
    }
    case 'handler_response':
    case 'stream_start':
      checkHeaders(responseOf(message, nothing()).headers)
      break
    case 'stream_chunk':
      checkBase64(message.data)
      break
    default:
      break
  }
}

/** No line of HTTP ends in the middle of a header. */
function checkHeaders(headers: Readonly<Record<string, unknown>> | undefined): void {
  checkKeys(headers)
  for (const [key, value] of Object.entries(headers ?? {})) {
    if (/[\r\n\0]/.test(`${key}${[value].flat().join('')}`))
      throw new Error('a header splits a response')
  }
}

function checkBase64(text: string): void {
  const bytes = bytesOfBase64(text, 'data')
  if (bytesOfBase64(base64Of(bytes), 'data').length !== bytes.length) {
    throw new Error('base64 written again has another length')
  }
}

async function* nothing(): AsyncGenerator<never> {}

const frame = (text: string) =>
  `${String.fromCharCode(0, 0, text.length >> 8, text.length & 0xff)}${text}`

const request =
  '{"request_id":"i","method":"GET","path":"/a?b=c","path_only":"/a","query":{"b":"c"},"params":{"":"%2e"},"headers":{"cookie":"a=b"},"body":"","cookies":{}}'

export const seeds = [
  frame(`{"type":"invoke_handler","handler_id":"h","request":${request}}`),
  frame('{"type":"handler_response","handler_id":"h","status":200,"headers":{"a":"b"},"body":""}'),
  frame('{"type":"stream_start","stream_id":"s","status":206,"headers":{"Set-Cookie":"a"}}') +
    frame('{"type":"stream_chunk","stream_id":"s","data":"AAA="}') +
    frame('{"type":"stream_end","stream_id":"s"}'),
  frame('{"type":"error","code":"X","message":"m","status":404,"digest":null}'),
  frame('{"type":"ws_connect","connection_id":"c","handler_id":"h","path":"/","headers":{}}') +
    frame('{"type":"ws_message","connection_id":"c","handler_id":"h","data":"d","binary":false}') +
    frame('{"type":"ws_close","connection_id":"c","handler_id":"h","code":1000,"reason":"r"}'),
  frame('\u0081\u00a4type\u00achealth_check') +
    frame('\u0081\u00a4type\u00b5health_check_response'),
  frame('{"type":"rpc_call","function_name":"f","request_id":"r","params":{}}'),
  frame('{"type":"rpc_error","request_id":"req_0_1","error":"e","error_type":"RpcError"}') +
    frame('{"type":"rpc_response","request_id":"req_0_1","result":[1]}'),
]
