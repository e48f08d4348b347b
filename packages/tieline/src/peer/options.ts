// What a peer is made from, and what it tells of itself.
import type { Clock, Duration } from '../clock.js'
import type { Protocol } from '../dialect/dialect.js'
import type { ServedContract } from '../dialect/envelope.js'
import type { Limits } from '../limits.js'
import type { Caller, Service } from './call.js'
import type { Observer } from './observe.js'

/** What a peer is made with. */
export interface PeerOptions {
  readonly protocol: Protocol
  /** The client speaks first, where the dialect has a handshake. */
  readonly role: 'client' | 'server'
  /** What answers the other side's calls. Without it every call is an `unknown-method`. */
  readonly service?: Service | undefined
  /** The contract that `service` implements, told in the handshake. */
  readonly serves?: ServedContract | undefined
  /** The contract the other side must serve. */
  readonly expects?: ServedContract | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly clock?: Clock | undefined
  readonly observe?: Observer | undefined
  /** Quiet time until a ping, where the dialect has one; false for none. 15 s. */
  readonly heartbeat?: Duration | false | undefined
  /** The peers that stand: this one joins them, and leaves when its conversation is over. */
  readonly among?: Set<Caller> | undefined
  /** False: the connection keeps the process alive only while calls wait for their answers. */
  readonly hold?: boolean | undefined
}

/** What a peer holds at this moment. All zero after close. */
export interface PeerLoad {
  /** Calls and pings of this side without an answer yet. */
  readonly outgoing: number
  /** Calls of the other side that are being answered. */
  readonly incoming: number
  /** Open streams, both ways. */
  readonly streams: number
  /** Bytes that wait for a slow reader. */
  readonly queuedBytes: number
}

/** How far a peer is. `closed` is the last. */
export type PeerState = 'greeting' | 'open' | 'draining' | 'closed'
