// A channel of messages through a mailbox's two files: a queue each way, and the rules of the waist.

import { joined } from '../../bytes.js'
import type { Channel, ChannelSink, CloseInfo } from '../../channel/channel.js'
import { Ending } from '../../channel/ending.js'
import { type Clock, systemClock } from '../../clock.js'
import { TielineError, toError } from '../../errors.js'

/** Bytes accepted and not yet in the file, past which `send` returns false. 256 KiB, as streams' windows. */
const HIGH_WATER = 256 * 1024

/** What carries a channel. */
export interface Carrier {
  readonly clock?: Clock | undefined
  /** Takes the front of the queue into the file: how many messages it took, and when they are there. */
  write(queue: readonly Uint8Array[]): { readonly count: number; readonly written: Promise<void> }
  /** Tells the other side how it ended, after all that was written. Resolves when the file has it. */
  tellEnd(why: CloseInfo): Promise<void>
  /** The channel takes no more, and its messages are consumed. Resolves when nothing is held for it any more. */
  released(): Promise<void>
  hold(alive: boolean): void
}

interface Arrived {
  readonly messages: readonly Uint8Array[]
  next: number
  /** Called when all of it was delivered. */
  readonly consumed: () => void
  /** Called when the rest never will be. */
  readonly dropped: () => void
}

export class MailboxChannel implements Channel {
  readonly unit = 'message'
  readonly remote: Channel['remote']
  readonly #carrier: Carrier
  readonly #clock: Clock
  #sink: ChannelSink | undefined
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #writing = false
  #inbox: Arrived[] = []
  #inboxEnd: CloseInfo | undefined
  #delivering = false
  #scheduled = false
  #paused = false
  #waitsForRoom = false
  #closing = false
  #why: CloseInfo | undefined
  readonly #ending = new Ending()

  constructor(carrier: Carrier, endpoint: string) {
    this.#carrier = carrier
    this.#clock = carrier.clock ?? systemClock
    this.remote = { endpoint }
  }

  get buffered(): number {
    return this.#why === undefined ? Math.max(0, this.#queuedBytes - HIGH_WATER) : 0
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      throw new TielineError('invalid-argument', 'this channel is open already')
    }
    this.#sink = sink
    const why = this.#why
    if (why === undefined) this.#schedule()
    else if (this.#ending.told) this.#clock.soon(() => sink.closed(why))
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#closing || this.#why !== undefined) {
      const message = `cannot send to ${this.remote.endpoint}: it is closed`
      throw new TielineError('connection-lost', message, { origin: 'channel', sent: 'no' })
    }
    const copy = data instanceof Uint8Array ? new Uint8Array(data) : joined(data)
    // `joined` hands a single chunk back as it is, and its memory is the sender's.
    this.#queue.push(Array.isArray(data) && data.includes(copy) ? new Uint8Array(copy) : copy)
    this.#queuedBytes += copy.length
    this.#write()
    if (this.buffered === 0) return true
    this.#waitsForRoom = true
    return false
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  hold(alive: boolean): void {
    if (this.#why === undefined && !this.#closing) this.#carrier.hold(alive)
  }

  close(options: { signal?: AbortSignal } = {}): Promise<void> {
    const closed = this.#ending.wait((reason) => this.abort(reason), options.signal)
    if (!this.#closing && this.#why === undefined) {
      // Who waits for the end of a channel that holds nothing is to see it.
      this.#carrier.hold(true)
      this.#closing = true
      this.#dropInbox()
      this.#closeWhenWritten()
    }
    return closed
  }

  abort(reason: Error): void {
    if (this.#why !== undefined) return
    const why: CloseInfo = { by: 'local', error: reason }
    void this.#carrier.tellEnd(why)
    this.#end(why)
  }

  /** Messages came. The memory is the channel's from here on. */
  arrive(messages: readonly Uint8Array[], consumed: () => void, dropped = consumed): void {
    if (this.#closing || this.#why !== undefined || this.#inboxEnd !== undefined) {
      dropped()
      return
    }
    this.#inbox.push({ messages, next: 0, consumed, dropped })
    this.#schedule()
  }

  /** The other side ended. In good order it is told after what came before; broken off, now. */
  remoteEnds(why: CloseInfo): void {
    if (this.#why !== undefined || this.#inboxEnd !== undefined) return
    if (why.error !== undefined) this.#dropInbox()
    this.#inboxEnd = why
    if (this.#closing) this.#end({ by: 'local' })
    else this.#schedule()
  }

  #write(): void {
    if (this.#writing || this.#why !== undefined) return
    this.#writing = true
    // What is sent in one tick goes out together.
    this.#clock.soon(() => void this.#writeQueue())
  }

  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0 && this.#why === undefined) {
      let count: number
      try {
        const part = this.#carrier.write(this.#queue)
        count = part.count
        await part.written
      } catch (error) {
        // What cannot be written at all; or an abort took it back, and then this does nothing.
        this.abort(toError(error))
        break
      }
      if (this.#why !== undefined) break
      for (const message of this.#queue.splice(0, count)) this.#queuedBytes -= message.length
      if (this.buffered === 0) this.#roomAgain()
    }
    this.#writing = false
    if (this.#closing) this.#closeWhenWritten()
  }

  #roomAgain(): void {
    if (!this.#waitsForRoom) return
    this.#waitsForRoom = false
    if (!this.#closing) this.#sink?.drained()
  }

  #closeWhenWritten(): void {
    if (this.#writing || this.#why !== undefined) return
    this.#writing = true
    const why: CloseInfo = { by: 'local' }
    void this.#carrier.tellEnd(why).then(() => this.#end(why))
  }

  #schedule(): void {
    if (this.#scheduled || this.#delivering || this.#paused) return
    if (this.#sink === undefined || this.#why !== undefined) return
    if (this.#inbox.length === 0 && this.#inboxEnd === undefined) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    const sink = this.#sink as ChannelSink
    this.#delivering = true
    while (!this.#paused && !this.#closing && this.#why === undefined) {
      const first = this.#inbox[0]
      if (first === undefined) break
      const message = first.messages[first.next]
      if (message !== undefined) {
        first.next += 1
        sink.message(message)
      }
      if (first.next >= first.messages.length && this.#inbox[0] === first) {
        this.#inbox.shift()
        first.consumed()
      }
    }
    this.#delivering = false
    if (this.#paused || this.#closing || this.#why !== undefined) return
    const end = this.#inboxEnd
    if (end !== undefined && this.#inbox.length === 0) this.#end(end, true)
  }

  #dropInbox(): void {
    for (const { dropped } of this.#inbox.splice(0)) dropped()
  }

  #end(why: CloseInfo, now = false): void {
    if (this.#why !== undefined) return
    this.#why = why
    this.#dropInbox()
    this.#queue = []
    this.#queuedBytes = 0
    const tell = () => this.#ending.tell(this.#sink, why, this.#carrier.released())
    if (now) tell()
    else this.#clock.soon(tell)
  }
}
