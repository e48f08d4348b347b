// Peers: conversations over channels, and how to watch them.
export { type AcceptOptions, Acceptor } from './acceptor.js'
export type { Call, Caller, CallOptions, Service } from './call.js'
export type {
  CallEvent,
  CallFinishedEvent,
  ConnectionInfo,
  DropEvent,
  HandlerFailedEvent,
  Observer,
} from './observe.js'
export type { PeerLoad, PeerOptions, PeerState } from './options.js'
export { Peer } from './peer.js'
