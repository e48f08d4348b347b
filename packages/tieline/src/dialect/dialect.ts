// What a dialect is: how envelopes are written as a wire's values. And a protocol: a wire and a
// dialect that belong together, as one value.
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
  /** Reads one value as none, one or several envelopes. Throws `malformed`, which ends the connection. */
  read(value: W, emit: (envelope: Envelope) => void): void
}

export interface Protocol<W = unknown> {
  /** As in `--protocol`: 'native', 'msgpack-rpc'. */
  readonly name: string
  /** How a contract's one params value travels: as it is, or as an array in the order that the contract declares. */
  readonly params: 'value' | 'positional'
  readonly wire: Wire<W>
  dialect(): Dialect<W>
  /**
   * Whether a connection that begins with these bytes speaks this protocol; undefined: more bytes
   * are needed. For servers that answer several protocols on one endpoint.
   */
  recognises?(head: Uint8Array): boolean | undefined
}
