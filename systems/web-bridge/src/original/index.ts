// Compatibility with the original: its server with our handlers, our server with its handlers, its rpc
// calls and ours, and its splice protocol.
export {
  type OriginalBackend,
  type OriginalBackendOptions,
  originalBackend,
} from './backend/backend.js'
export { configRoutes, type OriginalRoute, routesOfConfig } from './backend/config.js'
export {
  type OriginalHandlers,
  type OriginalHandlersOptions,
  serveOriginalHandlers,
} from './handlers/listener.js'
export { connectOriginalRpc, type OriginalRpc, type OriginalRpcOptions } from './rpc/client.js'
export {
  type OriginalRpcServer,
  type OriginalRpcServerOptions,
  serveOriginalRpc,
} from './rpc/server.js'
export { connectSplice, type SpliceHost, type SpliceHostOptions } from './splice/host.js'
export type { SpliceExport, SpliceHealth } from './splice/messages.js'
export { type SpliceServer, type SpliceServerOptions, serveSplice } from './splice/server.js'
export { runSpliceWorker, type SpliceWorker, type SpliceWorkerOptions } from './splice/worker.js'
export { FRAME_BYTES, LARGEST_FRAME_BYTES } from './wire/frames.js'
export { HANDLERS_AT, handlersPath, rpcPath } from './wire/place.js'
