// A connection's way out: envelopes become bytes in one sink, and all that is written within a tick
// goes to the channel in one send.
import { ByteSink, giveSink, lendSink } from '../bytes.js'
import type { Channel } from '../channel/channel.js'
import type { Envelope } from '../dialect/envelope.js'
import { TielineError } from '../errors.js'
import type { Wire } from '../wire/wire.js'
import type { Terms } from './terms.js'
import type { Ticking } from './tick-end.js'
import { later } from './turns.js'

/** Bytes after which a tick's writes no longer wait for its end: the other side starts on these meanwhile. */
const FIRST_FLUSH_BYTES = 2048
/** Each further write of a tick may have twice the bytes, up to these: the other side has work by then. */
const LARGEST_FLUSH_BYTES = 8192

/** The sink of every connection that has nothing to write. Nothing is ever written to it. */
const QUIET = new ByteSink()

export interface OutboxHooks {
  /** The channel refused to send: it is gone. */
  failed(error: unknown): void
  /** The channel takes no more for now. */
  blocked(): void
}

/** Something that waits until the channel takes more. */
export interface Waiting {
  wake(): void
}

export class Outbox implements Ticking {
  readonly #channel: Channel
  readonly #terms: Terms
  readonly #hooks: OutboxHooks
  /** Lent while there is something to write. */
  #sink = QUIET
  #waiting: Set<Waiting> | undefined
  /** Bytes after which this tick's writes wait no longer; 0 where nothing was written in it. */
  #flushAt = 0
  #blocked = false
  #open = true
  #encoding = false
  #written = 0
  #handed = 0

  constructor(channel: Channel, terms: Terms, hooks: OutboxHooks) {
    this.#channel = channel
    this.#terms = terms
    this.#hooks = hooks
  }

  /** Bytes that wait: not yet given to the channel, or given and not yet taken by the system. */
  get queued(): number {
    return this.#open ? this.#sink.length + this.#channel.buffered : 0
  }

  /**
   * More than `queuedBytes` wait. Asked for every call: only while the channel takes no more can it
   * hold anything worth counting.
   */
  get full(): boolean {
    const written = this.#sink.length
    const { queuedBytes } = this.#terms.limits
    return written > queuedBytes || (this.#blocked && this.queued > queuedBytes)
  }

  /** False while the other side does not read fast enough: streams wait, calls still queue. */
  get writable(): boolean {
    return !this.#blocked
  }

  /**
   * Calls and answers stop at queuedBytes and the frame after it. Only a flood of small refusals and
   * pongs gets further, to someone who makes us write and does not read.
   */
  get flooded(): boolean {
    const { queuedBytes, frameBytes } = this.#terms.limits
    return this.#blocked && this.queued > 2 * queuedBytes + frameBytes
  }

  /** Bytes written so far, to compare with `handed`. */
  get written(): number {
    return this.#written
  }

  /** Of all bytes written, how many the channel was given. */
  get handed(): number {
    return this.#handed
  }

  /** Of all bytes written, how many the system has taken. */
  get taken(): number {
    return this.#handed - this.#channel.buffered
  }

  /**
   * Writes an envelope. Returns its size in bytes; 0 if the dialect has no form for it or holds it
   * back. Throws what the dialect or the wire throws, and then nothing of it is sent.
   */
  send(envelope: Envelope): number {
    if (!this.#open) return 0
    const before = this.#written
    const { dialect, protocol } = this.#terms
    const { direct } = dialect
    if (direct !== undefined) this.#encode(direct, envelope)
    else dialect.write(envelope, (value) => this.#encode(protocol.wire, value))
    return this.#written - before
  }

  /** Writes what the dialect answers by itself. Throws as `send` does. */
  reply(value: unknown): void {
    if (this.#open) this.#encode(this.#terms.protocol.wire, value)
  }

  #encode<W>(wire: Wire<W>, value: W): void {
    if (this.#encoding) {
      // A getter or a toJSON of the value did it. The bytes of two messages would mix.
      const message = 'a value that is being sent must not send another message'
      throw new TielineError('invalid-argument', message)
    }
    if (this.#sink === QUIET) this.#sink = lendSink()
    const sink = this.#sink
    const before = sink.length
    sink.mark()
    this.#encoding = true
    try {
      wire.encode(value, sink, this.#terms.limits)
    } catch (error) {
      sink.rollback()
      throw error
    } finally {
      this.#encoding = false
    }
    this.#written += sink.length - before
    if (this.#flushAt === 0) {
      this.#flushAt = FIRST_FLUSH_BYTES
      // Also when it is flushed before: the slab goes back to the pool when the tick is over.
      this.#terms.tickEnd.add(this)
    }
    if (wire.unit === 'message') {
      this.flush()
    } else if (sink.length >= this.#flushAt && !this.#blocked) {
      this.#flushAt = Math.min(2 * this.#flushAt, LARGEST_FLUSH_BYTES)
      this.flush()
    }
  }

  /** See Ticking. */
  tickOver(): void {
    this.#flushAt = 0
    if (!this.#open) return
    if (!this.#blocked) this.flush()
    if (this.#sink === QUIET) return
    if (this.#channel.buffered === 0) this.#rest()
    // A channel may hand on what it has taken at the end of the tick too, and later than this.
    else if (!this.#blocked) later(() => this.#restIfTaken())
  }

  #restIfTaken(): void {
    if (this.#open && this.#channel.buffered === 0) this.#rest()
  }

  /** Hands over what is written. A failing channel is told to the owner, not thrown. */
  flush(): void {
    if (!this.#open) return
    const bytes = this.#sink.take()
    if (bytes === undefined) return
    let more: boolean
    try {
      more = this.#channel.send(bytes)
    } catch (error) {
      // Only a channel that is gone throws, and it has taken nothing of this.
      this.close()
      this.#hooks.failed(error)
      return
    }
    this.#handed = this.#written
    if (!more && !this.#blocked) {
      this.#blocked = true
      this.#hooks.blocked()
    }
    // The memory is ours again only when the system has taken all of it.
    if (this.#channel.buffered === 0) this.#sink.recycle()
  }

  /** Wakes it once, when the channel has room again. */
  wait(one: Waiting): void {
    if (!this.#open) return
    this.#waiting ??= new Set()
    this.#waiting.add(one)
  }

  /** It does not wait any more. */
  leave(one: Waiting): void {
    this.#waiting?.delete(one)
  }

  /** The channel has room again. */
  drained(): void {
    if (!this.#open) return
    this.#blocked = false
    this.flush()
    if (this.#channel.buffered === 0) this.#rest()
    if (this.#blocked || this.#waiting === undefined) return
    const all = this.#waiting
    this.#waiting = undefined
    for (const one of all) one.wake()
  }

  /** Nothing is written from now on; what is not yet handed over is dropped. */
  close(): void {
    this.#open = false
    this.#waiting = undefined
    this.#sink.take()
  }

  /** Nothing is left to write: the sink goes back while the connection is quiet. */
  #rest(): void {
    const sink = this.#sink
    if (sink === QUIET || sink.length > 0) return
    this.#sink = QUIET
    giveSink(sink)
  }
}
