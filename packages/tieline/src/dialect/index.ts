// Dialects and protocols: how peers' envelopes are written on a wire.
export { type AnyOf, anyOf } from './any-of.js'
export type { Dialect, Protocol } from './dialect.js'
export type * from './envelope.js'
export {
  type JsonRpcError,
  type JsonRpcErrors,
  type JsonRpcOptions,
  jsonRpc,
  jsonRpcCode,
  jsonRpcErrors,
} from './json-rpc/index.js'
export { type MessagePackRpcOptions, msgpackRpc } from './msgpack-rpc.js'
export { type NativeOptions, native } from './native.js'
