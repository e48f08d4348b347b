// The public face of transports: endpoints, what opens them, and the transports themselves.
export { type ChildOptions, child } from './child.js'
export type { Allow } from './credentials.js'
export {
  type Endpoint,
  type Environment,
  type LocalAddress,
  localAddress,
  parseEndpoint,
} from './endpoint.js'
export { type LocalOptions, local } from './local.js'
export { type TransportOptions, transportFor } from './open.js'
export { type StdioOptions, stdio } from './stdio.js'
export type { ConnectOptions, Listener, ListenOptions, Transport } from './transport.js'
