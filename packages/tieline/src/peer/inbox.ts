// A connection's way in: chunks become envelopes. And the reasons, one or several at a time, not to
// read on for now.
import type { Channel } from '../channel/channel.js'
import type { Dialect, Protocol } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import type { Limits } from '../limits.js'
import type { WireDecoder } from '../wire/wire.js'

export interface Receiver {
  /** An envelope came. */
  receive(envelope: Envelope): void
  /** The dialect answers by itself. */
  reply(value: unknown): void
}

export class Inbox {
  /** Bytes on the wire of the value that is being read; after `push`, of the last one, or 0. */
  bytes = 0
  readonly #channel: Channel
  readonly #decoder: WireDecoder<unknown>
  readonly #read: (value: unknown, bytes: number) => void
  /** Why it does not read on. None, as a rule. */
  #reasons: Set<unknown> | undefined
  #open = true

  constructor(
    channel: Channel,
    protocol: Protocol,
    dialect: Dialect<unknown>,
    limits: Limits,
    receiver: Receiver,
  ) {
    this.#channel = channel
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
    return this.#reasons !== undefined
  }

  /** Reads a chunk. Throws what decoder and dialect throw, and is then of no more use. */
  push(chunk: Uint8Array): void {
    this.bytes = 0
    this.#decoder.push(chunk, this.#read)
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
    if (this.#open) this.#channel.resume()
  }

  /** The channel ended. Throws `malformed` inside a value. */
  end(): void {
    if (this.#open) this.#decoder.end()
  }

  /** What still comes is not read. A paused channel goes on, so that its own end is seen. */
  close(): void {
    this.#open = false
    if (this.#reasons !== undefined) this.#channel.resume()
    this.#reasons = undefined
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
