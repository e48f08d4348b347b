// A message channel over a WebSocket, Node's or a browser's: the rules of the waist. What the two
// kinds of socket do differently is in their carriers. Runs in browsers.
import { joined } from '../../bytes.js'
import type { Channel, ChannelSink, CloseInfo } from '../../channel/channel.js'
import { Ending } from '../../channel/ending.js'
import type { Clock } from '../../clock.js'
import { malformed, TielineError } from '../../errors.js'
import { CLOSED, closeCode, closedBy, connectionLost } from './protocol.js'

/** The socket under a channel. It calls the channel's `arrived`, `written`, `ended` and `fault`, never from inside these methods. */
export interface Carrier {
  /** Bytes accepted and not yet handed to the system. */
  readonly buffered: number
  /** Takes one message. Calls `written` at the latest when `buffered` is 0 again. */
  send(message: Uint8Array): void
  /** Stops reading where the socket can. It starts stopped. */
  pause(): void
  resume(): void
  hold(alive: boolean): void
  /** Says goodbye. All that was sent is with the system. `ended` comes, whether or not the other side answers. */
  close(code: number): void
  /** Ends it now. `ended` may come. */
  destroy(code: number): void
}

export interface WebSocketChannelOptions {
  readonly endpoint: string
  /** Bytes not yet taken by the system before `send` returns false. */
  readonly highWater: number
  /** Bytes of messages that may wait here while the channel is paused. */
  readonly heldBytes: number
  readonly clock: Clock
}

/** What a message that waits costs beside its bytes, so that a million empty ones are counted too. */
const HELD_OVERHEAD = 64

/**
 * Messages are binary; a text one ends the channel with 1003. In good order are the codes 1000, 1001
 * and none at all; any other is the `error` of `closed`. `abort` tells the other side why by a code.
 */
export class WebSocketChannel implements Channel {
  readonly unit = 'message'
  readonly remote: { readonly endpoint: string }
  readonly #options: WebSocketChannelOptions
  readonly #carrier: Carrier
  #sink: ChannelSink | undefined
  #held: Uint8Array[] = []
  #heldBytes = 0
  #scheduled = false
  #paused = false
  #waitsForRoom = false
  #closing = false
  #saidGoodbye = false
  #why: CloseInfo | undefined
  readonly #ending = new Ending()

  constructor(
    options: WebSocketChannelOptions,
    carrierFor: (channel: WebSocketChannel) => Carrier,
  ) {
    this.#options = options
    this.remote = { endpoint: options.endpoint }
    this.#carrier = carrierFor(this)
  }

  get buffered(): number {
    return this.#why === undefined ? this.#carrier.buffered : 0
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      throw new TielineError('invalid-argument', 'this channel is open already')
    }
    this.#sink = sink
    const why = this.#why
    if (this.#ending.told && why !== undefined) this.#options.clock.soon(() => sink.closed(why))
    else this.#goOn()
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#closing || this.#why !== undefined) {
      throw connectionLost(this.remote.endpoint, 'cannot send: it is closed', { sent: 'no' })
    }
    this.#carrier.send(data instanceof Uint8Array ? data : joined(data))
    if (this.#carrier.buffered < this.#options.highWater) return true
    this.#waitsForRoom = true
    return false
  }

  pause(): void {
    this.#paused = true
    if (!this.#closing && this.#why === undefined) this.#carrier.pause()
  }

  resume(): void {
    this.#paused = false
    this.#goOn()
  }

  hold(alive: boolean): void {
    if (this.#why === undefined) this.#carrier.hold(alive)
  }

  close(options: { signal?: AbortSignal } = {}): Promise<void> {
    const closed = this.#ending.wait((reason) => this.abort(reason), options.signal)
    if (!this.#closing && !this.#ending.told) this.#startClosing()
    return closed
  }

  abort(reason: Error): void {
    if (this.#ending.told) return
    if (this.#why === undefined) this.#carrier.destroy(closeCode(reason))
    this.#end(this.#why ?? { by: 'local', error: reason })
  }

  /** A message came. Its memory is the channel's. */
  arrived(message: Uint8Array | undefined): void {
    if (this.#closing || this.#why !== undefined) return
    if (message === undefined) {
      const what = `a text message came from ${this.remote.endpoint}; only binary ones are read`
      this.#carrier.close(CLOSED.unsupportedData)
      this.fault(malformed(what, { endpoint: this.remote.endpoint }))
    } else if (this.#sink !== undefined && !this.#paused && this.#held.length === 0) {
      this.#sink.message(message)
    } else this.#keep(message)
  }

  /** Something was handed to the system. */
  written(): void {
    if (this.#why !== undefined || this.#carrier.buffered > 0) return
    if (this.#closing) this.#goodbye()
    else if (this.#waitsForRoom) {
      this.#waitsForRoom = false
      this.#sink?.drained()
    }
  }

  /** The socket is closed. `cause`: what broke it, if that is known. */
  ended(code: number, text: string, cause?: Error): void {
    if (this.#why !== undefined) return
    const why = closedBy(code, text, this.remote.endpoint, cause)
    // After the goodbye, how the other side goes away is its own affair.
    if (this.#closing) this.#end(this.#saidGoodbye || !why.error ? { by: 'local' } : why)
    else if (why.error !== undefined || this.#held.length === 0) this.#end(why)
    else this.#why = why
  }

  /** What came cannot be accepted; the carrier says goodbye with a code that says so. */
  fault(error: TielineError): void {
    if (this.#why === undefined) this.#end({ by: 'local', error })
  }

  #keep(message: Uint8Array): void {
    const { heldBytes } = this.#options
    const bytes = message.length + HELD_OVERHEAD
    if (this.#held.length > 0 && this.#heldBytes + bytes > heldBytes) {
      const what = `${this.remote.endpoint} sent more than a reader takes that waits`
      const message = `${what}: the limit queuedBytes is ${heldBytes}`
      const error = new TielineError('resource-exhausted', message, { origin: 'channel' })
      this.abort(error)
      return
    }
    this.#held.push(message)
    this.#heldBytes += bytes
  }

  /** Delivers what waits, then what comes, then the end. */
  #goOn(): void {
    if (this.#sink === undefined || this.#ending.told || this.#scheduled) return
    if (this.#held.length === 0 && this.#why === undefined) {
      if (!this.#paused) this.#carrier.resume()
      return
    }
    this.#scheduled = true
    this.#options.clock.soon(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    let next = 0
    while (!this.#paused && !this.#ending.told && next < this.#held.length) {
      const message = this.#held[next++] as Uint8Array
      this.#heldBytes -= message.length + HELD_OVERHEAD
      this.#sink?.message(message)
    }
    this.#held.splice(0, next)
    if (this.#held.length > 0 || this.#ending.told) return
    if (this.#why !== undefined) this.#tell(this.#why)
    else if (!this.#paused) this.#carrier.resume()
  }

  #startClosing(): void {
    this.#closing = true
    this.#dropHeld()
    if (this.#why !== undefined) {
      this.#end(this.#why)
      return
    }
    // Read on, and drop it, to see the other side's answer.
    this.#carrier.resume()
    if (this.#carrier.buffered === 0) this.#goodbye()
  }

  #goodbye(): void {
    if (this.#saidGoodbye) return
    this.#saidGoodbye = true
    this.#carrier.close(CLOSED.normal)
  }

  #end(why: CloseInfo): void {
    this.#why = why
    this.#dropHeld()
    this.#options.clock.soon(() => this.#tell(why))
  }

  #tell(why: CloseInfo): void {
    if (!this.#ending.told) this.#ending.tell(this.#sink, why)
  }

  #dropHeld(): void {
    this.#held = []
    this.#heldBytes = 0
  }
}
