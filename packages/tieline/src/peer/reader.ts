// A decoder and the functions it tells of what it has read. A connection has one while a value of its
// own is incomplete; between values it is lent to whoever reads next, where the decoder says it may.
import type { Dialect, Protocol } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import type { Limits } from '../limits.js'
import type { WireDecoder } from '../wire/wire.js'

/** Readers kept for the next chunk. 4: one is enough, unless reading here makes another side read at once. */
const KEPT = 4

/** What is read, and how much of it. */
export interface Read {
  readonly protocol: Protocol
  readonly dialect: Dialect<unknown>
  readonly limits: Limits
}

/** Whose chunk is read. */
export interface Reading {
  /** A value begins to be handled. `bytes`: what it took on the wire. False: it is not wanted any more. */
  value(bytes: number): boolean
  /** `now`: when the chunk came. */
  envelope(envelope: Envelope, now: number): void
  /** The dialect answers by itself. */
  reply(value: unknown): void
}

export class Reader {
  readonly decoder: WireDecoder<unknown>
  readonly #emit: (value: unknown, bytes: number) => void
  #for: Reading | undefined
  #now = 0
  #reading = false

  constructor({ protocol, dialect, limits }: Read) {
    const { direct } = dialect
    this.decoder = (direct ?? protocol.wire).decoder(limits)
    const envelope = (envelope: Envelope): void => this.#for?.envelope(envelope, this.#now)
    const reply = (value: unknown): void => this.#for?.reply(value)
    this.#emit =
      direct === undefined
        ? (value, bytes) => {
            if (this.#for?.value(bytes)) dialect.read(value, envelope, reply)
          }
        : (value, bytes) => {
            if (this.#for?.value(bytes)) this.#for.envelope(value as Envelope, this.#now)
          }
  }

  /**
   * Reads a chunk. Throws what decoder and dialect throw, and is then of no more use. False: it holds
   * something, and the next chunk must come from the same connection.
   */
  read(chunk: Uint8Array, reading: Reading, now: number): boolean {
    const nested = this.#reading
    this.#reading = true
    this.#for = reading
    this.#now = now
    this.decoder.push(chunk, this.#emit)
    this.#reading = nested
    return !nested && this.decoder.fresh === true
  }

  /** Nobody's any more: one of those that may be lent. */
  rest(readers: Reader[]): void {
    this.#for = undefined
    if (readers.length < KEPT) readers.push(this)
  }
}
