// Looks at the first bytes of a channel before anybody else does, and hands it on as if nobody had.
// For servers that answer several protocols at one endpoint.
import { joined } from '../bytes.js'
import { type Clock, systemClock } from '../clock.js'
import { malformed, TielineError, toError } from '../errors.js'
import type { Channel, ChannelSink, CloseInfo } from './channel.js'

/** What `peek` takes. */
export interface PeekOptions<T> {
  /**
   * What the first bytes say; undefined while more are needed. `last`: there are no more to see, as
   * `head` is as long as `most` or is all of a message. Throws to refuse the channel.
   */
  readonly decide: (head: Uint8Array, last: boolean) => T | undefined
  /** Bytes that `decide` sees at most. */
  readonly most: number
  /** Milliseconds until it must be decided. */
  readonly withinMs: number
  /** Takes what was decided, and the channel, which is not open yet. */
  readonly decided: (value: T, channel: Channel) => void
  /** It came to nothing, and the channel is closed: refused, too late, given up, or ended by the other side. */
  readonly failed: (error: Error) => void
  readonly clock?: Clock
}

/** A timer that is later than this shows that this process stood still, and saw nothing meanwhile. */
const STOOD_STILL_MS = 1000

/**
 * Opens the channel and calls exactly one of `decided` and `failed`, later. Not a byte is lost, and the
 * borders between messages stay. Returns what gives up: `failed` is then called with the reason, unless
 * something was called before.
 */
export function peek<T>(channel: Channel, options: PeekOptions<T>): (reason: Error) => void {
  const peeking = new Peeking(channel, options)
  return (reason) => peeking.fail(reason)
}

class Peeking<T> {
  readonly #channel: Channel
  readonly #options: PeekOptions<T>
  readonly #clock: Clock
  readonly #head: Uint8Array[] = []
  #headBytes = 0
  #stopTimer!: () => void
  #over = false
  #next: PeekedChannel | undefined

  constructor(channel: Channel, options: PeekOptions<T>) {
    this.#channel = channel
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#startTimer()
    channel.open({
      message: (chunk) => this.#message(chunk),
      drained: () => this.#next?.drained(),
      closed: (why) => this.#closed(why),
      room: () => this.#next?.room(),
    })
  }

  fail(reason: Error): void {
    if (this.#over) return
    this.#end()
    this.#channel.abort(reason)
    this.#options.failed(reason)
  }

  #startTimer(): void {
    const { withinMs } = this.#options
    const due = this.#clock.now() + withinMs
    const timer = this.#clock.after(withinMs, () => {
      // What came meanwhile has not been looked at yet.
      if (this.#clock.now() - due > STOOD_STILL_MS) this.#startTimer()
      else this.fail(this.#tooLate())
    })
    this.#stopTimer = () => timer.cancel()
  }

  #tooLate(): Error {
    const what = this.#headBytes === 0 ? 'nothing came' : 'too little came to know what it is'
    const message = `${what} within ${this.#options.withinMs} ms (limit firstFrameMs)`
    return new TielineError('deadline-exceeded', message, { origin: 'channel' })
  }

  #end(): void {
    this.#over = true
    this.#stopTimer()
  }

  #message(chunk: Uint8Array): void {
    if (this.#next) this.#next.message(chunk)
    else if (!this.#over) this.#look(chunk)
  }

  #look(chunk: Uint8Array): void {
    const { decide, most, decided } = this.#options
    const whole = this.#head.length === 0 ? chunk : joined([...this.#head, chunk])
    const last = this.#channel.unit === 'message' || whole.length >= most
    let value: T | undefined
    try {
      value = decide(whole.subarray(0, most), last)
      if (value === undefined && last) throw malformed('the first bytes do not say what it is')
    } catch (error) {
      this.fail(toError(error))
      return
    }
    if (value === undefined) {
      // Fewer than `most` bytes, all together.
      this.#head.push(chunk.slice())
      this.#headBytes += chunk.length
      return
    }
    this.#end()
    this.#next = new PeekedChannel(this.#channel, this.#clock)
    for (const piece of this.#head) this.#next.message(piece)
    this.#head.length = 0
    decided(value, this.#next)
    this.#next.message(chunk)
  }

  #closed(why: CloseInfo): void {
    if (this.#next) {
      this.#next.closed(why)
      return
    }
    if (this.#over) return
    this.#end()
    const message = 'the other side closed the connection'
    const error = new TielineError('connection-lost', message, { origin: 'channel' })
    this.#options.failed(why.error ?? error)
  }
}

/** The channel as it is handed on: what was seen before it is opened comes first. */
class PeekedChannel implements Channel {
  readonly unit: Channel['unit']
  readonly remote: Channel['remote']
  readonly #channel: Channel
  readonly #clock: Clock
  #sink: ChannelSink | undefined
  /** What came and is not delivered yet, in order. While there is any, the channel below is paused. */
  #held: Uint8Array[] = []
  #why: CloseInfo | undefined
  #paused = false
  #closing = false
  #scheduled = false
  #told = false
  /** Wait for the sink to be told of the end. */
  #waiters: (() => void)[] = []

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel
    this.#clock = clock
    this.unit = channel.unit
    this.remote = channel.remote
  }

  get buffered(): number {
    return this.#channel.buffered
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      throw new TielineError('invalid-argument', 'this channel is open already')
    }
    this.#sink = sink
    this.#schedule()
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    return this.#channel.send(data)
  }

  pause(): void {
    this.#paused = true
    this.#channel.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#held.length > 0 || this.#why) this.#schedule()
    else this.#channel.resume()
  }

  hold(alive: boolean): void {
    this.#channel.hold(alive)
  }

  async close(options?: { signal?: AbortSignal }): Promise<void> {
    this.#forget()
    await this.#channel.close(options)
    // It may have ended before what it had brought was delivered: then the sink is yet to be told.
    if (this.#sink === undefined || this.#told) return
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve)
      this.#schedule()
    })
  }

  abort(reason: Error): void {
    this.#forget()
    this.#channel.abort(reason)
    this.#schedule()
  }

  // What the channel below tells.

  message(chunk: Uint8Array): void {
    if (this.#closing) return
    if (this.#sink !== undefined && !this.#paused && this.#held.length === 0) {
      this.#sink.message(chunk)
      return
    }
    this.#held.push(chunk.slice())
    this.#channel.pause()
    this.#schedule()
  }

  drained(): void {
    this.#sink?.drained()
  }

  closed(why: CloseInfo): void {
    this.#why = why
    if (this.#held.length === 0) this.#tellEnd(why)
  }

  room(): Uint8Array | undefined {
    return this.#held.length === 0 ? this.#sink?.room?.() : undefined
  }

  #schedule(): void {
    if (this.#held.length === 0 && this.#why === undefined) return
    if (this.#scheduled || this.#sink === undefined) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    while (!this.#paused && !this.#closing) {
      const chunk = this.#held.shift()
      if (chunk === undefined) break
      this.#sink?.message(chunk)
    }
    if (this.#held.length > 0) return
    if (this.#why) this.#tellEnd(this.#why)
    else if (!this.#paused && !this.#closing) this.#channel.resume()
  }

  /** The last thing the sink is told, and once. */
  #tellEnd(why: CloseInfo): void {
    if (this.#sink === undefined || this.#told) return
    this.#told = true
    this.#sink.closed(why)
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  #forget(): void {
    this.#closing = true
    this.#held = []
  }
}
