// The web bridge as a library: handlers and what they return, the server, the handler process, and the
// functions of the server's process.

export { type BridgeOptions, startBridge, type WebBridge } from './bridge.js'
export type {
  BodySource,
  Handler,
  HandlerContext,
  HandlerLog,
  HandlerRequest,
  HandlerRoute,
  HandlerSetup,
  HandlerSocket,
  HandlersOf,
  HttpRoute,
  RequestBody,
  RequestHeaders,
  ResponseHeaders,
  RouteOptions,
  RoutesExport,
  RouteTable,
  SocketHandler,
  SocketRoute,
} from './handlers/handler.js'
export { type LogLevel, type LogOptions, lineLog, silentLog } from './handlers/log.js'
export {
  events,
  HttpError,
  type HttpErrorOptions,
  type Reply,
  type ReplyOptions,
  reply,
  type ServerEvent,
} from './handlers/reply.js'
export * from './middleware/index.js'
export type { MetricsExposure } from './observe/observation.js'
export * from './original/index.js'
export { connectRpc, type RpcClient, type RpcClientOptions, type RpcWay } from './rpc/client.js'
export type { RpcFunction, RpcFunctions } from './rpc/functions.js'
export type { Rpc, RpcOptions } from './rpc/rpc.js'
export type { HandlerLink } from './runtime/link.js'
export { type RunHandlersOptions, runHandlers } from './runtime/run.js'
export type {
  Backend,
  BackendHealth,
  BackendSocket,
  BridgeRequest,
  BridgeResponse,
  BrowserSocket,
  InvokeContext,
  ProcessHealth,
  Route,
} from './server/backend.js'
export { type BridgeLayer, type Handle, inLayers } from './server/middleware.js'
