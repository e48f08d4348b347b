// A connection's way in: chunks become envelopes. And the reasons, one or several at a time, not to
// read on for now; one is that other connections want their turn.
import { joined } from '../bytes.js'
import type { Channel } from '../channel/channel.js'
import type { Clock } from '../clock.js'
import type { Envelope } from '../dialect/envelope.js'
import { Reader, type Reading } from './reader.js'
import type { Terms } from './terms.js'
import { crowded, LOOK_BYTES, later, nextConnection, turnOver, WHOLE_BYTES } from './turns.js'

/**
 * After a value of so many bytes and more, as much is read at once as a Unix socket holds, so that those
 * like it lie whole in what is read and are not copied together. Small ones are better read in less: what
 * has been read stays in the processor's cache. 16 KiB and 256 KiB: measured.
 */
const WIDE_FROM_BYTES = 16 * 1024
const WIDE_BYTES = 256 * 1024
let wide: Uint8Array | undefined
/**
 * After one that fits no such read, only the head of the next is read at first: the rest of it lands
 * where it stays. 256 bytes: a frame's length, and what stands before the part that makes it large.
 */
const HEAD = new Uint8Array(256)

// One for all connections: what is read is used up before anything else is.
function wideRoom(): Uint8Array {
  wide ??= new Uint8Array(WIDE_BYTES)
  return wide
}

export interface Receiver {
  /** An envelope came, at `now`. */
  receive(envelope: Envelope, now: number): void
  /** The dialect answers by itself. */
  reply(value: unknown): void
  /** Others have had their turn: `read` what was left. */
  turn(): void
}

export class Inbox implements Reading {
  /** Bytes on the wire of the value that is being read; after `push`, of the last one, or 0. */
  bytes = 0
  /** Requests and notifications so far, which the receiver counts: what a turn is measured by. */
  asked = 0
  /** Counts connections of this process, from 1. */
  readonly number = nextConnection()
  readonly #receiver: Receiver
  readonly #channel: Channel
  readonly #terms: Terms
  /** Lent while a value is incomplete. */
  #reader: Reader | undefined
  /** Why it does not read on. None, as a rule. */
  #reasons: Set<unknown> | undefined
  /** What came and is read in a later turn. The channel is paused meanwhile. */
  #left: Uint8Array | undefined
  #open = true

  constructor(channel: Channel, terms: Terms, receiver: Receiver) {
    this.#channel = channel
    this.#terms = terms
    this.#receiver = receiver
  }

  /** Bytes held of a value that is not complete. */
  get pending(): number {
    return this.#reader?.decoder.pending ?? 0
  }

  get paused(): boolean {
    return this.#reasons !== undefined || this.#left !== undefined
  }

  /**
   * Reads a chunk, or as much of it as one turn allows. `now`: when it came. Throws what decoder and
   * dialect throw, and is then of no more use.
   */
  push(chunk: Uint8Array, now: number, clock: Clock): void {
    this.bytes = 0
    if (this.#left !== undefined) {
      // It was on its way in when the channel was paused.
      this.#left = joined([this.#left, chunk])
    } else if (crowded(this.number, now) && this.#divisible(chunk)) {
      const left = this.#some(chunk, now, clock)
      // The chunk is only lent.
      if (left !== undefined) this.#leave(new Uint8Array(left))
    } else {
      this.#decode(chunk, now)
    }
  }

  /** Reads what was left, or as much of it as one turn allows. Throws as `push` does. */
  read(now: number, clock: Clock): void {
    this.bytes = 0
    const left = this.#left
    if (left === undefined || this.#reasons !== undefined) return
    this.#left = undefined
    const more = this.#some(left, now, clock)
    if (more !== undefined) this.#leave(more)
    else if (this.#open && !this.paused) this.#channel.resume()
  }

  /** Reads all that was left, at once: the channel has ended. Throws as `push` does. */
  finish(now: number): void {
    const left = this.#left
    this.#left = undefined
    if (left !== undefined && this.#open) this.#decode(left, now)
  }

  /** See ChannelSink.room. */
  room(): Uint8Array | undefined {
    // What was left comes first: only after it is it known where the next bytes belong.
    if (this.#left !== undefined) return undefined
    const { pending, bytes } = this
    const own = pending > 0 ? this.#reader?.decoder.room?.() : undefined
    if (own !== undefined || bytes < WIDE_FROM_BYTES) return own
    return bytes > WIDE_BYTES && pending === 0 ? HEAD : wideRoom()
  }

  /** Stops reading, for a reason that may be any value. Idempotent. */
  pause(reason: unknown): void {
    if (this.#reasons === undefined) {
      this.#reasons = new Set()
      if (this.#open) this.#channel.pause()
    }
    this.#reasons.add(reason)
  }

  /** That reason is gone. Reading goes on when it was the last. */
  resume(reason: unknown): void {
    if (!this.#reasons?.delete(reason) || this.#reasons.size > 0) return
    this.#reasons = undefined
    if (!this.#open) return
    if (this.#left === undefined) this.#channel.resume()
    else later(() => this.#receiver.turn())
  }

  /** The channel ended. Throws `malformed` inside a value. */
  end(): void {
    if (this.#open) this.#reader?.decoder.end()
  }

  /** What still comes is not read. A paused channel goes on, so that its own end is seen. */
  close(): void {
    this.#open = false
    if (this.paused) this.#channel.resume()
    this.#reasons = undefined
    this.#left = undefined
  }

  /** A message is read whole, and so is a part of a large frame: nothing in it asks for anything. */
  #divisible(chunk: Uint8Array): boolean {
    const { unit } = this.#channel
    return unit === 'bytes' && chunk.length > WHOLE_BYTES && this.pending < LOOK_BYTES
  }

  /** Reads for one turn. Returns what is left, if anything is. */
  #some(chunk: Uint8Array, now: number, clock: Clock): Uint8Array | undefined {
    const { asked } = this
    for (let from = 0; from < chunk.length; from += LOOK_BYTES) {
      if (from > 0 && this.#mustStop(asked, now, clock)) return chunk.subarray(from)
      this.#decode(chunk.subarray(from, from + LOOK_BYTES), now)
    }
    return undefined
  }

  /** Answers to our own calls are work that is done: they alone go on. */
  #mustStop(asked: number, now: number, clock: Clock): boolean {
    if (this.#reasons !== undefined) return true
    return this.asked > asked && turnOver(now, clock.now())
  }

  #leave(left: Uint8Array): void {
    if (!this.#open) return
    this.#left = left
    // Otherwise it goes on when the last reason is gone.
    if (this.#reasons !== undefined) return
    this.#channel.pause()
    later(() => this.#receiver.turn())
  }

  #decode(chunk: Uint8Array, now: number): void {
    const terms = this.#terms
    const reader = this.#reader ?? terms.readers.pop() ?? new Reader(terms)
    this.#reader = reader
    if (!reader.read(chunk, this, now)) return
    this.#reader = undefined
    reader.rest(terms.readers)
  }

  /** See Reading. */
  value(bytes: number): boolean {
    this.bytes = bytes
    return this.#open
  }

  /** See Reading. */
  envelope(envelope: Envelope, now: number): void {
    this.#receiver.receive(envelope, now)
  }

  /** See Reading. */
  reply(value: unknown): void {
    this.#receiver.reply(value)
  }
}
