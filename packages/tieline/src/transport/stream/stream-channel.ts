// A byte channel over Node streams: a socket, or a child's two pipes. Whatever ends them, the sink
// is told once and last, and no stream error stays unheard.
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { Channel, ChannelSink, CloseInfo } from '../../channel/channel.js'
import { Ending } from '../../channel/ending.js'
import { type Clock, systemClock, type Timer } from '../../clock.js'
import { TielineError } from '../../errors.js'
import { hasReader, LANDING, type Landing } from './socket-reader.js'

/**
 * How the streams of a channel are used. One for all channels that are alike: it is told whose input
 * it is asked about.
 */
export interface StreamUse {
  /** Whether to wait, after the last byte, for the other side to end too. */
  readonly linger: boolean
  /** Called once: lets go of the streams. `done` takes the reason, with what was learnt on the way. */
  release(why: CloseInfo, done: (why: CloseInfo) => void, input: Readable): void
  hold(alive: boolean, input: Readable): void
  /** Called when a write failed, before the streams are let go of. */
  salvage?(take: (chunk: Uint8Array) => void, input: Readable): void
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
  readonly remote: Channel['remote']
  readonly #input: Readable
  readonly #output: Writable
  readonly #use: StreamUse
  #sink: ChannelSink | undefined
  /** Undefined: it never was. */
  #paused: boolean | undefined
  #waitsForRoom = false
  /** Made when the end begins, by either side. */
  #leaving: Leaving | undefined

  /** `input`: paused, with nothing read yet. For a socket, `output` is the same object. */
  constructor(input: Readable, output: Writable, remote: Channel['remote'], use: StreamUse) {
    this.#input = input
    this.#output = output
    this.remote = remote
    this.#use = use
    if (this.#isSocket) {
      // Node's own listener does nothing where a half-open end is allowed, and two would be a list.
      const [own] = input.listeners('end') as (() => void)[]
      if (own !== undefined && (input as Socket).allowHalfOpen) input.off('end', own)
    }
    watch(input, this)
    if (!this.#isSocket) {
      output.on('error', (error) => this.broken(error))
      this.#watchResume()
    }
  }

  get unit(): 'bytes' {
    return 'bytes'
  }

  get buffered(): number {
    return this.#why === undefined ? this.#output.writableLength : 0
  }

  get #clock(): Clock {
    return this.#use.clock ?? systemClock
  }

  get #isSocket(): boolean {
    return this.#output === (this.#input as unknown)
  }

  get #closing(): boolean {
    return this.#leaving?.closing === true
  }

  get #why(): CloseInfo | undefined {
    return this.#leaving?.why
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      throw new TielineError('invalid-argument', 'this channel is open already')
    }
    this.#sink = sink
    const why = this.#why
    if (why !== undefined) {
      if (this.#leaving?.ending.told) this.#clock.soon(() => sink.closed(why))
      return
    }
    if (this.#closing) return
    this.#startReading()
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#over) throw this.#lost('cannot send: it is closed')
    const output = this.#output
    // Made for each write, not for each channel: most channels are idle.
    const written = (error?: Error | null): void => this.#written(error)
    if (data instanceof Uint8Array) {
      output.write(data, written)
    } else {
      output.cork()
      for (const chunk of data) output.write(chunk, written)
      output.uncork()
    }
    if (output.writableLength < (this.#use.highWater ?? HIGH_WATER)) return true
    this.#waitsForRoom = true
    return false
  }

  pause(): void {
    if (this.#paused === undefined && this.#isSocket) this.#watchResume()
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
    if (this.#why === undefined) this.#use.hold(alive, this.#input)
  }

  close(options: { signal?: AbortSignal } = {}): Promise<void> {
    const leaving = this.#leave()
    const closed = leaving.ending.wait((reason) => this.abort(reason), options.signal)
    if (!leaving.closing && leaving.why === undefined) this.#startClosing(leaving)
    return closed
  }

  abort(reason: Error): void {
    this.#end({ by: 'local', error: reason })
  }

  #startReading(): void {
    if (!hasReader(this.#input)) this.#input.on('data', (chunk) => this.take(chunk))
    if (this.#reads) this.#input.resume()
  }

  /** See Landing. */
  take(chunk: Uint8Array): void {
    if (!this.#over) this.#sink?.message(chunk)
  }

  /** See Landing. */
  room(): Uint8Array | undefined {
    return this.#closing ? undefined : this.#sink?.room?.()
  }

  #written(error: Error | null | undefined): void {
    if (error) {
      // Before Node destroys the stream: take in what the other side said before it went away.
      if (!this.#paused && this.#sink !== undefined)
        this.#use.salvage?.((chunk) => this.take(chunk), this.#input)
      this.broken(error)
    } else if (this.#waitsForRoom && this.#output.writableLength === 0) {
      this.#waitsForRoom = false
      if (!this.#over) this.#sink?.drained()
    }
  }

  /** Nothing goes in or out any more. */
  get #over(): boolean {
    const leaving = this.#leaving
    return leaving !== undefined && (leaving.closing || leaving.why !== undefined)
  }

  #leave(): Leaving {
    this.#leaving ??= new Leaving()
    return this.#leaving
  }

  #startClosing(leaving: Leaving): void {
    leaving.closing = true
    // Node hands `end`'s callback the error when the stream broke before it was flushed.
    this.#output.end((error?: Error | null) =>
      error ? this.broken(error) : this.#onFlushed(leaving),
    )
    this.#input.resume()
  }

  #onFlushed(leaving: Leaving): void {
    if (leaving.why !== undefined) return
    leaving.flushed = true
    if (!this.#use.linger || leaving.inputEnded) {
      this.#end({ by: 'local' })
      return
    }
    leaving.lingering = this.#clock.after(LINGER_MS, () => this.#end({ by: 'local' }))
    // The channel may hold nothing by itself; who waits for its end is to see it.
    leaving.lingering.hold(true)
  }

  #watchResume(): void {
    this.#input.on('resume', onResume)
  }

  /** The input flows again, by its own account. */
  resumed(): void {
    // Node reads on after `pause` when a resume of the same tick has its second half to come, and
    // when a child exits.
    if (!this.#reads) this.#input.pause()
  }

  /** The input is closed. */
  inputClosed(): void {
    if (this.#isSocket) this.#end({ by: this.#closing ? 'local' : 'remote' })
    else this.inputEnded()
  }

  /** The other side's last byte has come. */
  inputEnded(): void {
    const leaving = this.#leave()
    leaving.inputEnded = true
    if (!leaving.closing) this.#end({ by: 'remote' })
    else if (leaving.flushed) this.#end({ by: 'local' })
    // Otherwise the flush goes on: a program that only half-closed still reads.
  }

  /** A stream broke. */
  broken(error: Error): void {
    // All was handed over; how the other side then goes away is its own affair.
    if (this.#leaving?.flushed) this.#end({ by: 'local' })
    else this.#end({ by: 'remote', error: this.#lost(error.message, error) })
  }

  #end(why: CloseInfo): void {
    const leaving = this.#leave()
    if (leaving.why !== undefined) return
    leaving.why = why
    leaving.lingering?.cancel()
    const done = (known: CloseInfo): void => {
      leaving.why = known
      leaving.ending.tell(this.#sink, known)
    }
    this.#use.release(why, done, this.#input)
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

/** How far the end of a channel has come. */
class Leaving {
  closing = false
  flushed = false
  inputEnded = false
  lingering: Timer | undefined
  why: CloseInfo | undefined
  readonly ending = new Ending()
}

// The listeners are the same functions for all channels: an input knows its channel, and calls them as
// its methods. Thousands of idle connections would each keep their own.
interface Watched {
  [LANDING]?: StreamChannel
}

function watch(input: Readable, channel: StreamChannel): void {
  ;(input as Watched)[LANDING] = channel
  input.on('error', onError)
  input.on('end', onEnd)
  input.on('close', onClose)
}

function onError(this: Watched, error: Error): void {
  this[LANDING]?.broken(error)
}

function onResume(this: Watched): void {
  this[LANDING]?.resumed()
}

function onEnd(this: Watched): void {
  this[LANDING]?.inputEnded()
}

function onClose(this: Watched): void {
  this[LANDING]?.inputClosed()
}
