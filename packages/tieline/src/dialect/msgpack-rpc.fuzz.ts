// Fuzz target: a connection of MessagePack-RPC.
import { protocolTarget } from '../testing/fuzz.js'
import { msgpackRpc } from './msgpack-rpc.js'

export const name = 'msgpack-rpc'

export const target = protocolTarget(msgpackRpc())

export const seeds = [
  '\u0094\u0000\u0001\u00a1m\u0091\u0001\u0094\u0001\u0001\u00c0\u0002\u0093\u0002\u00a1n\u0090',
  '\u0094\u0001\u0001\u0092\u0000\u00a3bad\u00c0',
]
