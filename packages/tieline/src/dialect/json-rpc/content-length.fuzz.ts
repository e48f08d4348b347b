// Fuzz target: a connection of JSON-RPC behind Content-Length headers, as language servers have it.
import { protocolTarget } from '../../testing/fuzz.js'
import { jsonRpc } from './index.js'

export const name = 'json-rpc-content-length'

export const target = protocolTarget(jsonRpc({ framing: 'content-length' }))

export const seeds = [
  'Content-Length: 40\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"m"}   ',
  'Content-Length: 2\r\n\r\n[]Content-Length: 1\r\n\r\n{',
]
