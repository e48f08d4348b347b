// A channel as bad as its kind may be, and worse when told to: it delays, cuts, joins, loses and repeats
// what arrives, stands still, or sends into nothing. By a seed, so that a failure can be had again.

import { joined } from '../../bytes.js'
import type { Channel, ChannelSink, CloseInfo } from '../../channel/channel.js'
import { type Clock, systemClock } from '../../clock.js'
import { randomCuts, randomFrom } from '../splits.js'
import { nextSeed } from './seed.js'

/** What goes wrong on a channel, and how often. Random, by a seed that is printed. */
export interface ChannelFaults {
  /** Default: one of the run's, which is printed when the test fails; TIELINE_SEED sets that. */
  readonly seed?: number
  /** How likely a chunk is cut, into up to five pieces. Byte channels alone: messages stay whole. 0 to 1. */
  readonly split?: number
  /** How likely a chunk waits for the next, to arrive as one with it. Byte channels alone. 0 to 1. */
  readonly join?: number
  /** Milliseconds that a chunk is late at the most. The order stays. */
  readonly delayMs?: number
  /** How likely a chunk or message arrives twice. No transport does that: a dialect must bear it. 0 to 1. */
  readonly duplicate?: number
  /** How likely it never arrives. 0 to 1. */
  readonly drop?: number
  /** Bytes that arrive before it stands still for good. */
  readonly stallAfter?: number
  /** Bytes that may be sent before what is sent goes nowhere. */
  readonly halfCloseAfter?: number
  readonly clock?: Clock
}

/** What may happen on any byte channel: everything above must hold over it. */
export const ROUGH: ChannelFaults = { split: 0.5, join: 0.3 }

const MOST_CUTS = 4
/** What lent memory is overwritten with after delivery. */
const SCRIBBLE = 0xdd

interface Waiting {
  readonly bytes: Uint8Array
  readonly due: number
}

/**
 * The same channel with faults in what arrives at this side. Use it in place of the channel, before
 * that is opened; wrap both ends for faults both ways. It never reads into the sink's memory.
 */
export class FaultyChannel implements Channel {
  readonly unit: 'bytes' | 'message'
  readonly remote: Channel['remote']
  readonly seed: number
  readonly #channel: Channel
  readonly #faults: ChannelFaults
  readonly #random: () => number
  readonly #clock: Clock
  #sink: ChannelSink | undefined
  #queue: Waiting[] = []
  #held: Uint8Array[] = []
  #last = 0
  #stallAfter: number
  #sent = 0
  #stalled = false
  #halfClosed = false
  #paused = false
  #scheduled = false
  #end: CloseInfo | undefined
  /** This side has ended it, or was told of its end. */
  #over = false

  constructor(channel: Channel, faults: ChannelFaults) {
    this.#channel = channel
    this.#faults = faults
    this.unit = channel.unit
    this.remote = channel.remote
    this.seed = faults.seed ?? nextSeed()
    this.#random = randomFrom(this.seed)
    this.#clock = faults.clock ?? systemClock
    this.#stallAfter = faults.stallAfter ?? Number.POSITIVE_INFINITY
  }

  get buffered(): number {
    return this.#channel.buffered
  }

  /** From now on nothing arrives, not even the end; or it goes on where it stood still. */
  stall(still = true): void {
    this.#stalled = still
    if (!still) this.#schedule()
  }

  /** From now on what is sent goes nowhere, as over a cable of which one wire broke. */
  halfClose(): void {
    this.#halfClosed = true
  }

  open(sink: ChannelSink): void {
    this.#sink = sink
    this.#channel.open({
      message: (chunk) => this.#arrive(new Uint8Array(chunk)),
      drained: () => sink.drained(),
      closed: (why) => this.#closed(why),
    })
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    const whole = joined(data)
    const { halfCloseAfter = Number.POSITIVE_INFINITY } = this.#faults
    this.#sent += whole.length
    if (this.#sent > halfCloseAfter) this.#halfClosed = true
    // As a socket does whose other end is gone, while that is not known here.
    const unnoticed = this.#halfClosed || this.#end?.by === 'remote'
    return unnoticed && !this.#over ? true : this.#channel.send(data)
  }

  pause(): void {
    this.#paused = true
    this.#channel.pause()
  }

  resume(): void {
    this.#paused = false
    this.#channel.resume()
    this.#schedule()
  }

  hold(alive: boolean): void {
    this.#channel.hold(alive)
  }

  close(options?: { signal?: AbortSignal }): Promise<void> {
    this.#forget()
    // The end may have come before, and wait here.
    return this.#channel.close(options).then(() => this.#deliver())
  }

  abort(reason: Error): void {
    this.#forget()
    this.#channel.abort(reason)
  }

  #arrive(chunk: Uint8Array): void {
    const { drop = 0, duplicate = 0, join = 0 } = this.#faults
    if (this.#chance(drop)) return
    const times = this.#chance(duplicate) ? 2 : 1
    for (let time = 0; time < times; time++) {
      if (this.unit === 'message') {
        this.#enqueue(chunk)
        continue
      }
      this.#held.push(chunk)
      if (!this.#chance(join)) this.#release()
    }
    // What waits for another chunk does not wait for ever.
    if (this.#held.length > 0) this.#clock.soon(() => this.#release())
  }

  /** Cuts what was held back, or gives it on in one piece. */
  #release(): void {
    if (this.#held.length === 0) return
    const whole = joined(this.#held)
    this.#held = []
    const cut = this.#chance(this.#faults.split ?? 0)
    const cuts = cut ? randomCuts(whole.length, MOST_CUTS, this.#random) : []
    let at = 0
    for (const end of [...cuts, whole.length]) {
      if (end > at) this.#enqueue(whole.slice(at, end))
      at = Math.max(at, end)
    }
  }

  #enqueue(bytes: Uint8Array): void {
    const { delayMs = 0 } = this.#faults
    const late = delayMs === 0 ? 0 : this.#clock.now() + this.#random() * delayMs
    this.#last = Math.max(this.#last, late)
    // Its own copy: a duplicate must survive the overwriting of the first.
    this.#queue.push({ bytes: new Uint8Array(bytes), due: this.#last })
    this.#schedule()
  }

  #closed(why: CloseInfo): void {
    this.#release()
    this.#end = why
    // A side that closes hears nothing more, and a connection that breaks off loses what is under way.
    if (why.by === 'local' || why.error !== undefined) this.#queue = []
    if (why.by === 'local') this.#stalled = false
    // At once where nothing comes before it: `close` resolves after it.
    if (this.#queue.length === 0 && !this.#stalled) this.#deliver()
    else this.#schedule()
  }

  /** This side ends it. */
  #forget(): void {
    this.#over = true
    this.#queue = []
    this.#held = []
    this.#stalled = false
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#stalled) return
    const [first] = this.#queue
    if (first === undefined ? this.#end === undefined : this.#paused) return
    this.#scheduled = true
    const run = () => {
      this.#scheduled = false
      this.#deliver()
    }
    const wait = first === undefined || first.due === 0 ? 0 : first.due - this.#clock.now()
    if (wait > 0) this.#clock.after(wait, run).hold(true)
    else this.#clock.soon(run)
  }

  /** One chunk at a time, so that whatever the sink does in between holds from the next on. */
  #deliver(): void {
    const sink = this.#sink
    if (this.#stalled || sink === undefined) return
    const [first] = this.#queue
    if (first === undefined) {
      const why = this.#end
      this.#end = undefined
      if (why === undefined) return
      this.#over = true
      sink.closed(why)
      return
    }
    const left = this.#stallAfter - first.bytes.length
    if (left < 0) {
      this.#stallAfter = Number.POSITIVE_INFINITY
      this.#stalled = true
      return
    }
    if (!this.#paused) {
      this.#stallAfter = left
      this.#queue.shift()
      sink.message(first.bytes)
      first.bytes.fill(SCRIBBLE)
    }
    this.#schedule()
  }

  #chance(likely: number): boolean {
    return likely > 0 && this.#random() < likely
  }
}

/** Both ends of a pair with the same faults. */
export function faultyPair(
  [left, right]: readonly [Channel, Channel],
  faults: ChannelFaults,
): [FaultyChannel, FaultyChannel] {
  return [new FaultyChannel(left, faults), new FaultyChannel(right, faults)]
}
