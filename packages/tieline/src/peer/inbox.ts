// A connection's way in: chunks become envelopes. And the reasons, one or several at a time, not to
// read on for now.
import type { Channel } from '../channel/channel.js'
import type { Dialect, Protocol } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import type { Limits } from '../limits.js'
import type { WireDecoder } from '../wire/wire.js'

export class Inbox {
  /** Bytes on the wire of the value that is being read; after `push`, of the last one, or 0. */
  bytes = 0
  readonly #channel: Channel
  readonly #decoder: Pick<WireDecoder<unknown>, 'pending' | 'room' | 'end'>
  readonly #push: (chunk: Uint8Array) => void
  readonly #reasons = new Set<unknown>()
  #open = true

  constructor(
    channel: Channel,
    protocol: Protocol,
    dialect: Dialect<unknown>,
    limits: Limits,
    receive: (envelope: Envelope) => void,
    reply: (value: unknown) => void,
  ) {
    this.#channel = channel
    if (dialect.direct === undefined) {
      const decoder = protocol.wire.decoder(limits)
      const read = (value: unknown, bytes: number): void => {
        if (!this.#open) return
        this.bytes = bytes
        dialect.read(value, receive, reply)
      }
      this.#decoder = decoder
      this.#push = (chunk) => decoder.push(chunk, read)
    } else {
      const decoder = dialect.direct.decoder(limits)
      const read = (envelope: Envelope, bytes: number): void => {
        if (!this.#open) return
        this.bytes = bytes
        receive(envelope)
      }
      this.#decoder = decoder
      this.#push = (chunk) => decoder.push(chunk, read)
    }
  }

  /** Bytes held of a value that is not complete. */
  get pending(): number {
    return this.#decoder.pending
  }

  get paused(): boolean {
    return this.#reasons.size > 0
  }

  /** Reads a chunk. Throws what decoder and dialect throw, and is then of no more use. */
  push(chunk: Uint8Array): void {
    this.bytes = 0
    this.#push(chunk)
  }

  /** See ChannelSink.room. */
  room(): Uint8Array | undefined {
    return this.#decoder.room?.()
  }

  /** Stops reading, for a reason that may be any value. Idempotent. */
  pause(reason: unknown): void {
    this.#reasons.add(reason)
    if (this.#open && this.#reasons.size === 1) this.#channel.pause()
  }

  /** That reason is gone. Reading goes on when it was the last. */
  resume(reason: unknown): void {
    if (!this.#reasons.delete(reason)) return
    if (this.#open && this.#reasons.size === 0) this.#channel.resume()
  }

  /** The channel ended. Throws `malformed` inside a value. */
  end(): void {
    if (this.#open) this.#decoder.end()
  }

  /** What still comes is not read. A paused channel goes on, so that its own end is seen. */
  close(): void {
    this.#open = false
    if (this.#reasons.size > 0) this.#channel.resume()
    this.#reasons.clear()
  }
}
