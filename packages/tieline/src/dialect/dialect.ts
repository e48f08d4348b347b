// What a dialect is: how envelopes are written as a wire's values. And a protocol: a wire and a
// dialect that belong together, as one value.
import type { Limits } from '../limits.js'
import type { Wire } from '../wire/wire.js'
import type { Envelope } from './envelope.js'

/**
 * One instance per connection. Synchronous, without timers. A dialect that must keep an order or
 * gather a batch may hold envelopes back and write several values later.
 */
export interface Dialect<W> {
  /** The kinds this dialect can write. The peer degrades by a written rule for the others. */
  readonly can: Readonly<Partial<Record<Envelope['kind'], true>>>
  /** Writes an envelope as none, one or several values. Throws `invalid-argument` for params or values it has no form for. */
  write(envelope: Envelope, out: (value: W) => void): void
  /**
   * Reads one value as none, one or several envelopes. Throws `malformed`, which ends the connection.
   * `reply` writes a value back at once, for what a dialect answers by itself because there is no
   * envelope that a peer could answer: a request that is none, a batch with nothing in it.
   */
  read(value: W, emit: (envelope: Envelope) => void, reply?: (value: W) => void): void
  /**
   * For speed: a wire that carries envelopes themselves, the same bytes as `write` and `read` make on
   * the protocol's wire, without a value in between. It writes nothing for an envelope that `write`
   * has no form for. Used in their place by peers where it is there.
   */
  readonly direct?: Wire<Envelope>
}

/** A wire and a dialect that belong together, as one value: what is spoken on a connection. */
export interface Protocol<W = unknown> {
  /** As in `--protocol`: 'native', 'msgpack-rpc'. */
  readonly name: string
  /**
   * How a contract's one params value travels: as it is; `positional`: as an array in the order that
   * the contract declares; `named`: an object as it is, and anything else as such an array.
   */
  readonly params: 'value' | 'positional' | 'named'
  readonly wire: Wire<W>
  /** `limits`: the connection's, for a dialect that keeps what it must bound. The defaults when left out. */
  dialect(limits?: Limits): Dialect<W>
  /**
   * Whether a connection that begins with these bytes speaks this protocol; undefined: more bytes
   * are needed. For servers that answer several protocols on one endpoint.
   */
  recognises?(head: Uint8Array): boolean | undefined
}
