// One end of a conversation that says whatever a test wants it to say, for hostile tests: it writes any
// values in any order, and remembers what came back.
import { ByteSink, joined } from '../bytes.js'
import type { Channel, CloseInfo } from '../channel/channel.js'
import type { Protocol } from '../dialect/dialect.js'
import { defaultLimits, type Limits } from '../limits.js'
import { settled } from './fake-clock.js'

/** The other end of a connection, by hand: writes any values or bytes, and keeps what comes. */
export class RawSide {
  /** Values of the wire, as they came. */
  readonly received: unknown[] = []
  /** Why the channel ended, once it has. */
  closed: CloseInfo | undefined
  readonly #channel: Channel
  readonly #protocol: Protocol
  readonly #limits: Limits

  /** Opens the channel. `limits` are this side's own: what it refuses to read or write. */
  constructor(channel: Channel, protocol: Protocol, limits: Limits = defaultLimits) {
    this.#channel = channel
    this.#protocol = protocol
    this.#limits = limits
    const decoder = protocol.wire.decoder(limits)
    channel.open({
      message: (chunk) => decoder.push(chunk, (value) => this.received.push(value)),
      drained: () => {},
      closed: (why) => {
        this.closed = why
      },
    })
  }

  /** Sends values in one chunk. Harmless when the channel has ended. */
  send(...values: unknown[]): void {
    this.sendBytes(this.bytes(...values))
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.closed === undefined) this.#channel.send(bytes)
  }

  /** Values as bytes on the wire. */
  bytes(...values: unknown[]): Uint8Array {
    const sink = new ByteSink()
    for (const value of values) this.#protocol.wire.encode(value, sink, this.#limits)
    return joined(sink.take() ?? []).slice()
  }

  /** Lets what is under way arrive, and returns what came since the last time. */
  async heard(): Promise<unknown[]> {
    await settled(10)
    return this.received.splice(0)
  }

  /** Reads no more, or reads again. */
  deaf(deaf: boolean): void {
    if (deaf) this.#channel.pause()
    else this.#channel.resume()
  }

  /** Goes without a word. */
  abort(): void {
    this.#channel.abort(new Error('the raw side has gone'))
  }
}
