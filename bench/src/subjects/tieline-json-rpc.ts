// Tieline speaking JSON-RPC 2.0, a message on each line.
import { jsonRpc } from 'tieline'
import { served } from './tieline.js'

export const subject = served('tieline-json-rpc', {
  protocol: jsonRpc({ framing: 'lines' }),
  title: 'JSON-RPC 2.0 in lines, contract without schemas, defaults; bytes as base64',
  text: true,
  cannot: { stream: 'JSON-RPC has no streams' },
})
