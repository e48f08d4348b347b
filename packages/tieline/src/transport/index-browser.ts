// `tieline/transport` as a page gets it: the browser's own WebSocket, under the same name.
export { type Endpoint, parseEndpoint } from './endpoint.js'
export { transportFor } from './open-browser.js'
export type { ConnectOptions, Listener, ListenOptions, Transport } from './transport.js'
export { type BrowserWebSocketOptions, websocket } from './websocket/browser.js'
