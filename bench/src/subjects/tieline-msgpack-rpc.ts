// Tieline speaking MessagePack-RPC.
import { msgpackRpc } from 'tieline'
import { served } from './tieline.js'

export const subject = served('tieline-msgpack-rpc', {
  protocol: msgpackRpc(),
  cannot: { stream: 'MessagePack-RPC has no streams' },
})
