// MessagePack-RPC between bare peers.
import { msgpackRpc } from 'tieline'
import { bare } from './tieline.js'

export const subject = bare('tieline-msgpack-rpc-peer', msgpackRpc())
