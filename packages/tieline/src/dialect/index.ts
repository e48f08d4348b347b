// Dialects and protocols: how peers' envelopes are written on a wire.
export type { Dialect, Protocol } from './dialect.js'
export type * from './envelope.js'
export { type MessagePackRpcOptions, msgpackRpc } from './msgpack-rpc.js'
export { native } from './native.js'
