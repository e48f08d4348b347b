// A connection's way in: chunks become envelopes. And the reasons, one or several at a time, not to
// read on for now; one is that other connections want their turn.
import { joined } from '../bytes.js'
import type { Channel } from '../channel/channel.js'
import type { Clock } from '../clock.js'
import type { Dialect, Protocol } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import type { Limits } from '../limits.js'
import type { WireDecoder } from '../wire/wire.js'
import { crowded, LOOK_BYTES, later, nextConnection, turnOver } from './turns.js'

export interface Receiver {
  /** An envelope came. */
  receive(envelope: Envelope): void
  /** The dialect answers by itself. */
  reply(value: unknown): void
  /** Others have had their turn: `read` what was left. */
  turn(): void
}

export class Inbox {
  /** Bytes on the wire of the value that is being read; after `push`, of the last one, or 0. */
  bytes = 0
  /** Requests and notifications so far, which the receiver counts: what a turn is measured by. */
  asked = 0
  readonly #number = nextConnection()
  readonly #receiver: Receiver
  readonly #channel: Channel
  readonly #decoder: WireDecoder<unknown>
  readonly #read: (value: unknown, bytes: number) => void
  /** Why it does not read on. None, as a rule. */
  #reasons: Set<unknown> | undefined
  /** What came and is read in a later turn. The channel is paused meanwhile. */
  #left: Uint8Array | undefined
  #open = true

  constructor(
    channel: Channel,
    protocol: Protocol,
    dialect: Dialect<unknown>,
    limits: Limits,
    receiver: Receiver,
  ) {
    this.#channel = channel
    this.#receiver = receiver
    const { direct } = dialect
    this.#decoder = (direct ?? protocol.wire).decoder(limits)
    this.#read =
      direct === undefined ? this.#throughDialect(dialect, receiver) : this.#directly(receiver)
  }

  /** Bytes held of a value that is not complete. */
  get pending(): number {
    return this.#decoder.pending
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
    } else if (crowded(this.#number, now) && this.#divisible(chunk)) {
      const left = this.#some(chunk, now, clock)
      // The chunk is only lent.
      if (left !== undefined) this.#leave(new Uint8Array(left))
    } else {
      this.#decoder.push(chunk, this.#read)
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
  finish(): void {
    const left = this.#left
    this.#left = undefined
    if (left !== undefined && this.#open) this.#decoder.push(left, this.#read)
  }

  /** See ChannelSink.room. */
  room(): Uint8Array | undefined {
    return this.#decoder.room?.()
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
    if (this.#open) this.#decoder.end()
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
    return unit === 'bytes' && chunk.length > LOOK_BYTES && this.#decoder.pending < LOOK_BYTES
  }

  /** Reads for one turn. Returns what is left, if anything is. */
  #some(chunk: Uint8Array, now: number, clock: Clock): Uint8Array | undefined {
    const { asked } = this
    for (let from = 0; from < chunk.length; from += LOOK_BYTES) {
      if (from > 0 && this.#mustStop(asked, now, clock)) return chunk.subarray(from)
      this.#decoder.push(chunk.subarray(from, from + LOOK_BYTES), this.#read)
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

  #directly(receiver: Receiver): (value: unknown, bytes: number) => void {
    return (envelope, bytes) => {
      if (!this.#open) return
      this.bytes = bytes
      receiver.receive(envelope as Envelope)
    }
  }

  #throughDialect(
    dialect: Dialect<unknown>,
    receiver: Receiver,
  ): (value: unknown, bytes: number) => void {
    const receive = (envelope: Envelope): void => receiver.receive(envelope)
    const reply = (value: unknown): void => receiver.reply(value)
    return (value, bytes) => {
      if (!this.#open) return
      this.bytes = bytes
      dialect.read(value, receive, reply)
    }
  }
}
