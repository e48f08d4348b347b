// One connection between a host and an agent in another process, as either end has it: messages in and
// out, all that is written within one tick in one send, and limits on what waits.
import { type Clock, type Limits, TielineError, toError } from 'tieline'
import type { Channel, CloseInfo } from 'tieline/channel'
import { ByteSink, type Wire } from 'tieline/wire'
import { agentWire, wireLimits } from './codec.js'
import type { Message } from './messages.js'

export interface LinkHooks {
  message(message: Message): void
  /** After `send` returned false: there is room again. */
  drained(): void
  /** Once, and last. */
  closed(why: CloseInfo): void
}

export interface LinkOptions {
  readonly limits: Limits
  readonly clock: Clock
  /** Of the other end, for errors. */
  readonly name: string
}

/**
 * Bytes after which a tick's messages no longer wait for its end. 32 KiB: two long messages. Small ones
 * all wait: a write of its own would wake the other process each time.
 */
const EARLY_FLUSH_BYTES = 32 * 1024

const wire: Wire<Message> = agentWire()

export class Link {
  readonly #channel: Channel
  readonly #options: LinkOptions
  readonly #hooks: LinkHooks
  readonly #limits: Limits
  readonly #out = new ByteSink()
  readonly #decoder
  /** The wait for the rest of a message; undefined between messages. */
  #partial: ReturnType<Clock['after']> | undefined
  #paused = false
  /** Messages that have come. */
  #messages = 0
  #scheduled = false
  #blocked = false
  #open = true
  readonly #flushScheduled = (): void => {
    this.#scheduled = false
    this.#flush()
  }

  readonly #emit = (message: Message): void => {
    this.#messages += 1
    if (this.#open) this.#hooks.message(message)
  }

  constructor(channel: Channel, options: LinkOptions, hooks: LinkHooks) {
    this.#channel = channel
    this.#options = options
    this.#hooks = hooks
    this.#limits = wireLimits(options.limits)
    this.#decoder = wire.decoder(this.#limits)
  }

  /** Starts delivery. */
  start(): void {
    this.#channel.open({
      message: (chunk) => this.#take(chunk),
      room: () => this.#decoder.room?.(),
      drained: () => {
        this.#blocked = false
        this.#flush()
        if (!this.#blocked && this.#open) this.#hooks.drained()
      },
      closed: (why) => this.#closed(why),
    })
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Whether the other end takes what it is sent. */
  get writable(): boolean {
    return this.#open && !this.#blocked
  }

  /**
   * Sends a message. Long content must not change until it is sent. False: wait for `drained`. After
   * the end it is dropped: whoever needs to know has been told `closed`.
   */
  send(message: Message): boolean {
    if (!this.#open) return false
    wire.encode(message, this.#out, this.#limits)
    if (this.#out.length >= EARLY_FLUSH_BYTES) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#options.clock.soon(this.#flushScheduled)
    }
    this.#bound()
    return !this.#blocked
  }

  /** Bytes that the other end has not taken. */
  get waiting(): number {
    return this.#out.length + this.#channel.buffered
  }

  /** Reads no further, soon. */
  pause(): void {
    this.#paused = true
    this.#channel.pause()
  }

  resume(): void {
    this.#paused = false
    this.#channel.resume()
  }

  /** Sends what waits, then closes. Resolves after `closed`. */
  close(): Promise<void> {
    this.#flush()
    const { clock, limits, name } = this.#options
    const stop = new AbortController()
    const timer = clock.after(limits.drainMs, () => {
      const message = `${name} did not take what waits within ${limits.drainMs} ms`
      stop.abort(new TielineError('deadline-exceeded', message, { origin: 'channel' }))
    })
    return this.#channel.close({ signal: stop.signal }).then(() => timer.cancel())
  }

  /** At once: what came with it in one chunk is passed over. */
  abort(reason: Error): void {
    this.#open = false
    this.#channel.abort(reason)
  }

  #flush(): void {
    if (!this.#open) return
    const bytes = this.#out.take()
    if (bytes !== undefined) {
      try {
        if (!this.#channel.send(bytes)) this.#blocked = true
      } catch {
        // Closed, which the hooks are told by the channel itself.
        return
      }
    }
    // The memory is ours again when the system has taken all of it.
    if (this.#channel.buffered === 0) this.#out.release()
  }

  /** Whoever does not read is sent no more content; what else piles up is bounded here. */
  #bound(): void {
    if (!this.#blocked) return
    const { waiting } = this
    const { queuedBytes } = this.#options.limits
    if (waiting <= this.#limits.frameBytes + queuedBytes) return
    const message = `${this.#options.name} does not read, and ${waiting} bytes wait for it`
    const limit = `the limit queuedBytes is ${queuedBytes}`
    const details = { origin: 'channel' } as const
    this.abort(new TielineError('resource-exhausted', `${message}; ${limit}`, details))
  }

  #take(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk, this.#emit)
      this.#watchPartial()
    } catch (thrown) {
      this.abort(toError(thrown))
    }
  }

  /** A message that was begun must be finished within the limit (or twice that), while this side reads. */
  #watchPartial(): void {
    if (this.#decoder.pending > 0) this.#partial ??= this.#waitForRest()
  }

  #waitForRest(): ReturnType<Clock['after']> {
    const { clock, limits, name } = this.#options
    const before = this.#messages
    return clock.after(limits.partialFrameMs, () => {
      this.#partial = undefined
      if (this.#paused || this.#messages !== before) {
        this.#watchPartial()
        return
      }
      if (this.#decoder.pending === 0) return
      const message = `${name} did not finish a message within ${limits.partialFrameMs} ms`
      this.abort(new TielineError('malformed', message, { origin: 'protocol' }))
    })
  }

  #closed(why: CloseInfo): void {
    this.#open = false
    this.#partial?.cancel()
    this.#out.take()
    this.#hooks.closed(why.error === undefined ? this.#cut(why) : why)
  }

  /** The end inside a message is no good order. */
  #cut(why: CloseInfo): CloseInfo {
    if (why.by === 'local') return why
    try {
      this.#decoder.end()
      return why
    } catch (thrown) {
      return { by: why.by, error: toError(thrown) }
    }
  }
}
