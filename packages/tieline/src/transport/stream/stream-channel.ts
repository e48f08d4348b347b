// A byte channel over Node streams: a socket, or a child's two pipes. Whatever ends them, the sink
// is told once and last, and no stream error stays unheard.
import type { Readable, Writable } from 'node:stream'
import type { Channel, ChannelSink, CloseInfo } from '../../channel/channel.js'
import { Ending } from '../../channel/ending.js'
import { type Clock, systemClock, type Timer } from '../../clock.js'
import { TielineError } from '../../errors.js'
import type { Landing, SocketReader } from './socket-reader.js'

/** What a channel is made of. For a socket, `input` and `output` are the same object. */
export interface StreamParts {
  /** Paused, with nothing read yet. */
  readonly input: Readable
  readonly output: Writable
  readonly remote: Channel['remote']
  /** Set when the input reads into memory of ours; otherwise 'data' events are used. */
  readonly reader?: SocketReader | undefined
  /** Whether to wait, after the last byte, for the other side to end too. */
  readonly linger: boolean
  /** Called once: lets go of the streams. `done` takes the reason, with what was learnt on the way. */
  release(why: CloseInfo, done: (why: CloseInfo) => void): void
  hold(alive: boolean): void
  /** Called when a write failed, before the streams are let go of. */
  salvage?(take: (chunk: Uint8Array) => void): void
  readonly highWater?: number | undefined
  readonly clock?: Clock | undefined
}

/** Bytes not taken by the system before `send` says false. 64 KiB: a writer fills one slab while one goes out. */
const HIGH_WATER = 64 * 1024
/**
 * Milliseconds a close waits, when all is flushed, for the other side's end. Closing a socket with
 * unread bytes makes the kernel break the connection off, and the other side would see an error.
 * 250: a busy event loop answers in tens.
 */
const LINGER_MS = 250

/**
 * `buffered` is 0 right after a `send` that the kernel took whole, and whenever `drained` is called.
 * After `close` nothing more is delivered to this side. The other side's end counts as its close:
 * what it sent before is delivered first, and what is still buffered here is dropped.
 */
export class StreamChannel implements Channel, Landing {
  readonly #parts: StreamParts
  readonly #input: Readable
  readonly #output: Writable
  #sink: ChannelSink | undefined
  #paused = false
  #waitsForRoom = false
  #closing = false
  #flushed = false
  #lingering: Timer | undefined
  #inputEnded = false
  #why: CloseInfo | undefined
  /** Made when the end comes, or somebody waits for it. */
  #ending: Ending | undefined

  constructor(parts: StreamParts) {
    this.#parts = parts
    this.#input = parts.input
    this.#output = parts.output
    watch(this.#input, this)
    if (this.#output !== (this.#input as unknown)) {
      this.#output.on('error', (error) => this.broken(error))
    }
  }

  get unit(): 'bytes' {
    return 'bytes'
  }

  get remote(): Channel['remote'] {
    return this.#parts.remote
  }

  get #clock(): Clock {
    return this.#parts.clock ?? systemClock
  }

  get buffered(): number {
    return this.#why === undefined ? this.#output.writableLength : 0
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      throw new TielineError('invalid-argument', 'this channel is open already')
    }
    this.#sink = sink
    const why = this.#why
    if (why !== undefined) {
      if (this.#ending?.told) this.#clock.soon(() => sink.closed(why))
      return
    }
    if (this.#closing) return
    this.#startReading()
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#closing || this.#why !== undefined) throw this.#lost('cannot send: it is closed')
    const output = this.#output
    if (data instanceof Uint8Array) {
      output.write(data, this.#written)
    } else {
      output.cork()
      for (const chunk of data) output.write(chunk, this.#written)
      output.uncork()
    }
    if (output.writableLength < (this.#parts.highWater ?? HIGH_WATER)) return true
    this.#waitsForRoom = true
    return false
  }

  pause(): void {
    this.#paused = true
    if (!this.#reads) this.#input.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#reads) this.#input.resume()
  }

  // While closing, the input is read on and dropped, to see where it ends.
  get #reads(): boolean {
    return this.#closing || (this.#sink !== undefined && !this.#paused)
  }

  hold(alive: boolean): void {
    if (this.#why === undefined) this.#parts.hold(alive)
  }

  close(options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#ending ??= new Ending()
    const closed = this.#ending.wait((reason) => this.abort(reason), options.signal)
    if (!this.#closing && this.#why === undefined) this.#startClosing()
    return closed
  }

  abort(reason: Error): void {
    this.#end({ by: 'local', error: reason })
  }

  #startReading(): void {
    const { reader } = this.#parts
    if (reader === undefined) this.#input.on('data', (chunk) => this.take(chunk))
    else reader.landing = this
    if (this.#reads) this.#input.resume()
  }

  /** See Landing. */
  take(chunk: Uint8Array): void {
    if (!this.#closing && this.#why === undefined) this.#sink?.message(chunk)
  }

  /** See Landing. */
  room(): Uint8Array | undefined {
    return this.#closing ? undefined : this.#sink?.room?.()
  }

  readonly #written = (error?: Error | null): void => {
    if (error) {
      // Before Node destroys the stream: take in what the other side said before it went away.
      if (!this.#paused && this.#sink !== undefined)
        this.#parts.salvage?.((chunk) => this.take(chunk))
      this.broken(error)
    } else if (this.#waitsForRoom && this.#output.writableLength === 0) {
      this.#waitsForRoom = false
      if (!this.#closing && this.#why === undefined) this.#sink?.drained()
    }
  }

  #startClosing(): void {
    this.#closing = true
    // Node hands `end`'s callback the error when the stream broke before it was flushed.
    this.#output.end((error?: Error | null) => (error ? this.broken(error) : this.#onFlushed()))
    this.#input.resume()
  }

  #onFlushed(): void {
    if (this.#why !== undefined) return
    this.#flushed = true
    if (!this.#parts.linger || this.#inputEnded) this.#end({ by: 'local' })
    else this.#lingering = this.#clock.after(LINGER_MS, () => this.#end({ by: 'local' }))
  }

  /** The input flows again, by its own account. */
  resumed(): void {
    // Node reads on after `pause` when a resume of the same tick has its second half to come, and
    // when a child exits.
    if (!this.#reads) this.#input.pause()
  }

  /** The input is closed. */
  inputClosed(): void {
    if (this.#output === (this.#input as unknown))
      this.#end({ by: this.#closing ? 'local' : 'remote' })
    else this.inputEnded()
  }

  /** The other side's last byte has come. */
  inputEnded(): void {
    this.#inputEnded = true
    if (!this.#closing) this.#end({ by: 'remote' })
    else if (this.#flushed) this.#end({ by: 'local' })
    // Otherwise the flush goes on: a program that only half-closed still reads.
  }

  /** A stream broke. */
  broken(error: Error): void {
    // All was handed over; how the other side then goes away is its own affair.
    if (this.#flushed) this.#end({ by: 'local' })
    else this.#end({ by: 'remote', error: this.#lost(error.message, error) })
  }

  #end(why: CloseInfo): void {
    if (this.#why !== undefined) return
    this.#why = why
    this.#lingering?.cancel()
    this.#parts.release(why, (known) => {
      this.#why = known
      this.#ending ??= new Ending()
      this.#ending.tell(this.#sink, known)
    })
  }

  #lost(problem: string, cause?: unknown): TielineError {
    const { endpoint } = this.remote
    const message = `connection to ${endpoint ?? 'the other side'} lost: ${problem}`
    const details = endpoint === undefined ? {} : { endpoint }
    return new TielineError('connection-lost', message, {
      origin: 'channel',
      cause,
      ...(cause === undefined ? { sent: 'no' } : {}),
      ...details,
    })
  }
}

// The listeners are the same functions for all channels: an input knows its channel, and calls them as
// its methods. Thousands of idle connections would each keep four of their own.
const CHANNEL = Symbol('tieline channel')

interface Watched {
  [CHANNEL]?: StreamChannel
}

function watch(input: Readable, channel: StreamChannel): void {
  ;(input as Watched)[CHANNEL] = channel
  input.on('error', onError)
  input.on('resume', onResume)
  input.on('end', onEnd)
  input.on('close', onClose)
}

function onError(this: Watched, error: Error): void {
  this[CHANNEL]?.broken(error)
}

function onResume(this: Watched): void {
  this[CHANNEL]?.resumed()
}

function onEnd(this: Watched): void {
  this[CHANNEL]?.inputEnded()
}

function onClose(this: Watched): void {
  this[CHANNEL]?.inputClosed()
}
