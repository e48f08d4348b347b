// The public face of transports: endpoints, what opens them, and the transports themselves.

export {
  type Endpoint,
  type Environment,
  type LocalAddress,
  localAddress,
  parseEndpoint,
} from './endpoint.js'
export type { Allow } from './local/credentials.js'
export { type LocalOptions, local } from './local/local.js'
export {
  type Entry,
  type MailboxMessage,
  messageFault,
  type NewMessage,
  parseFile,
} from './mailbox/entry.js'
export { type Consumed, MailboxFile } from './mailbox/file.js'
export { type LockOwner, lockOwner, mayLive } from './mailbox/lock.js'
export { type MailboxTransportOptions, mailbox, mailboxAddress } from './mailbox/mailbox.js'
export {
  type MailboxOptions,
  type MailboxReport,
  type MailboxSide,
  ownerPath,
} from './mailbox/options.js'
export type { ReaderHooks, Received } from './mailbox/reader.js'
export { Mailbox } from './mailbox/side.js'
export { type MailboxSystem, machine } from './mailbox/system.js'
export type { Sending, SendOptions } from './mailbox/writer.js'
export { type TransportOptions, transportFor } from './open.js'
export { type ChildOptions, child } from './stdio/child.js'
export { type StdioOptions, stdio } from './stdio/stdio.js'
export type { ConnectOptions, Listener, ListenOptions, Transport } from './transport.js'
export type { AccessOptions } from './websocket/access.js'
export {
  type BrowserWebSocketOptions,
  websocket as browserWebSocket,
} from './websocket/browser.js'
export type { WebSocketTuning } from './websocket/protocol.js'
export { type WebSocketOptions, type WebSocketTransport, websocket } from './websocket/websocket.js'
