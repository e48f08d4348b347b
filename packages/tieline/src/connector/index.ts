// Connectors: clients that stay connected.
export { Backoff, type BackoffOptions } from './backoff.js'
export { type ConnectionStatus, Connector, type ConnectorOptions } from './connector.js'
