// What most programs need: a contract, serve and connect, and the protocols to choose from.
export { busyPolling, type Clock, type Duration, milliseconds, systemClock } from './clock.js'
export type { BackoffOptions, ConnectionStatus } from './connector/index.js'
export {
  type ClientConnection,
  type ConnectedClient,
  type ConnectOptions,
  connect,
} from './contract/connect.js'
export * from './contract/index.js'
export { type HandlersFor, type ServeOptions, type Server, serve } from './contract/serve.js'
export {
  type AnyOf,
  anyOf,
  type JsonRpcError,
  type JsonRpcErrors,
  type JsonRpcOptions,
  jsonRpc,
  jsonRpcCode,
  jsonRpcErrors,
  type MessagePackRpcOptions,
  msgpackRpc,
  type NativeOptions,
  native,
  type Protocol,
} from './dialect/index.js'
export { fail, isTielineError, TielineError, toError } from './errors.js'
export { defaultLimits, type Limits, limitsWith } from './limits.js'
export type { Caller, CallOptions, Observer, Peer } from './peer/index.js'
export * from './service/index.js'
