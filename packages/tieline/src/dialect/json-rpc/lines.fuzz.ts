// Fuzz target: a connection of JSON-RPC in lines.
import { protocolTarget } from '../../testing/fuzz.js'
import { jsonRpc } from './index.js'

export const name = 'json-rpc-lines'

export const target = protocolTarget(jsonRpc({ framing: 'lines' }))

export const seeds = [
  '{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}\n{"jsonrpc":"2.0","method":"n"}\n',
  '[{"jsonrpc":"2.0","id":"a","method":"m"},1,{"jsonrpc":"2.0","id":1,"result":null}]\n',
  '{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"m","data":{}}}\n[]\n{\n',
  '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}\n',
]
