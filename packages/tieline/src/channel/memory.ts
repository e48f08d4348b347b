// Two connected channels in one process: for tests, and for a service that lives in the same
// process as its client. It behaves as a socket does, on purpose, with the mistakes made visible.
import { joined } from '../bytes.js'
import { type Clock, systemClock } from '../clock.js'
import { TielineError } from '../errors.js'
import type { Channel, ChannelSink, CloseInfo } from './channel.js'
import { Ending } from './ending.js'

/** What `memoryPair` takes. */
export interface MemoryOptions {
  /** What the pair keeps apart. Default 'bytes'. */
  readonly unit?: 'bytes' | 'message'
  /** Bytes one way takes, undelivered, before `send` returns false: its "kernel buffer". Default 64 KiB. */
  readonly highWater?: number
  /** Milliseconds each chunk is on its way, by `clock`. Default none: delivered in the next tick. */
  readonly latencyMs?: number
  readonly clock?: Clock
  /** What `remote.endpoint` says on both ends. */
  readonly endpoint?: string
}

const HIGH_WATER = 64 * 1024
/** What a lent chunk is overwritten with after delivery, so that a reader who keeps it is found out. */
const SCRIBBLE = 0xdd
/** Every so many deliveries go through the event loop, or two busy ends would starve its timers. */
const DELIVERIES_PER_TURN = 64

const laterTurn = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate
let deliveries = 0

function soonAndFair(run: () => void): void {
  deliveries += 1
  if (laterTurn !== undefined && deliveries % DELIVERIES_PER_TURN === 0) laterTurn(run)
  else systemClock.soon(run)
}

/**
 * Two channels, each the other's remote. Bytes are copied by `send`; delivery never happens inside
 * a call. `buffered` is what lies undelivered past `highWater`. After `close` nothing more is
 * delivered to the side that closed; the other side still gets what was sent before. An `abort`
 * drops what is undelivered and the other side is told `connection-lost`.
 */
export function memoryPair(options: MemoryOptions = {}): [Channel, Channel] {
  const left = new MemoryChannel(options)
  const right = new MemoryChannel(options)
  left.join(right)
  right.join(left)
  return [left, right]
}

interface Packet {
  bytes: Uint8Array
  readonly due: number
}

class MemoryChannel implements Channel {
  readonly unit: 'bytes' | 'message'
  readonly remote: Channel['remote']
  readonly #highWater: number
  readonly #latency: number
  readonly #clock: Clock
  readonly #soon: (run: () => void) => void
  #other!: MemoryChannel
  #sink: ChannelSink | undefined
  // What is on its way to this side, and the end that comes after it.
  #inbox: Packet[] = []
  #inboxBytes = 0
  #inboxEnd: CloseInfo | undefined
  #scheduled = false
  #paused = false
  #waitsForRoom = false
  #closing = false
  #why: CloseInfo | undefined
  readonly #ending = new Ending()

  constructor(options: MemoryOptions) {
    this.unit = options.unit ?? 'bytes'
    this.remote = options.endpoint === undefined ? {} : { endpoint: options.endpoint }
    this.#highWater = options.highWater ?? HIGH_WATER
    this.#latency = options.latencyMs ?? 0
    this.#clock = options.clock ?? systemClock
    this.#soon = options.clock === undefined ? soonAndFair : (run) => this.#clock.soon(run)
  }

  join(other: MemoryChannel): void {
    this.#other = other
  }

  get buffered(): number {
    if (this.#why !== undefined) return 0
    return Math.max(0, this.#other.#inboxBytes - this.#highWater)
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      throw new TielineError('invalid-argument', 'this channel is open already')
    }
    this.#sink = sink
    const why = this.#why
    if (why !== undefined) this.#soon(() => sink.closed(why))
    else this.#schedule()
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#closing || this.#why !== undefined) {
      const message = 'cannot send: this memory channel is closed'
      throw new TielineError('connection-lost', message, { origin: 'channel', sent: 'no' })
    }
    this.#other.#arrive(data instanceof Uint8Array ? new Uint8Array(data) : joined(data))
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

  hold(_alive: boolean): void {
    // There is no system handle: a memory channel never keeps a process alive.
  }

  close(options: { signal?: AbortSignal } = {}): Promise<void> {
    const closed = this.#ending.wait((reason) => this.abort(reason), options.signal)
    if (!this.#closing && this.#why === undefined) {
      this.#closing = true
      this.#forgetInbox()
      this.#closeWhenFlushed()
    }
    return closed
  }

  abort(reason: Error): void {
    if (this.#why !== undefined) return
    this.#end({ by: 'local', error: reason })
    const message = `the other side broke the connection off: ${reason.message}`
    const error = new TielineError('connection-lost', message, { origin: 'channel' })
    this.#other.#remoteEnds({ by: 'remote', error }, true)
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#closing || this.#why !== undefined) return
    if (bytes.length === 0 && this.unit === 'bytes') return
    this.#inbox.push({ bytes, due: this.#latency === 0 ? 0 : this.#clock.now() + this.#latency })
    this.#inboxBytes += bytes.length
    this.#schedule()
  }

  #remoteEnds(why: CloseInfo, drop: boolean): void {
    if (this.#why !== undefined || this.#inboxEnd !== undefined) return
    if (drop) this.#forgetInbox()
    this.#inboxEnd = why
    if (this.#closing) this.#end({ by: 'local' })
    else this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#sink === undefined || this.#why !== undefined)
      return
    const first = this.#inbox[0]
    if (first === undefined && this.#inboxEnd === undefined) return
    this.#scheduled = true
    const run = () => {
      this.#scheduled = false
      this.#deliver()
    }
    const wait = first === undefined || first.due === 0 ? 0 : first.due - this.#clock.now()
    if (wait > 0) this.#clock.after(wait, run).hold(true)
    else this.#soon(run)
  }

  // Hands over what had come when it was called, so that an answer never starves its own question.
  #deliver(): void {
    const count = this.#inbox.length
    let done = 0
    while (done < count && !this.#paused && this.#why === undefined && !this.#closing) {
      const packet = this.#inbox[done]
      // The sink broke the other end off while it was called: the inbox is gone.
      if (packet === undefined) break
      if (packet.due > 0 && packet.due > this.#clock.now()) break
      if (this.#deliverPacket(packet)) done += 1
    }
    // A close or an abort on the way has emptied the inbox already.
    if (done > 0 && this.#inbox.length >= done) this.#inbox.splice(0, done)
    this.#other.#roomAgain()
    if (this.#paused || this.#why !== undefined) return
    if (this.#inbox.length === 0 && this.#inboxEnd !== undefined) this.#end(this.#inboxEnd, true)
    else this.#schedule()
  }

  /** True when the packet is used up. It is not when the sink paused in the middle of it. */
  #deliverPacket(packet: Packet): boolean {
    const sink = this.#sink as ChannelSink
    const room = this.unit === 'bytes' ? sink.room?.() : undefined
    const whole = packet.bytes
    if (room === undefined || room.length === 0) {
      this.#inboxBytes -= whole.length
      sink.message(whole)
      whole.fill(SCRIBBLE)
      return true
    }
    const part = whole.subarray(0, room.length)
    packet.bytes = whole.subarray(part.length)
    this.#inboxBytes -= part.length
    room.set(part)
    sink.message(room.subarray(0, part.length))
    return packet.bytes.length === 0
  }

  #roomAgain(): void {
    if (this.#why !== undefined || this.buffered > 0) return
    if (this.#closing) {
      this.#closeWhenFlushed()
    } else if (this.#waitsForRoom) {
      this.#waitsForRoom = false
      this.#sink?.drained()
    }
  }

  #closeWhenFlushed(): void {
    if (this.buffered > 0) return
    this.#end({ by: 'local' })
    this.#other.#remoteEnds({ by: 'remote' }, false)
  }

  #forgetInbox(): void {
    this.#inbox = []
    this.#inboxBytes = 0
    this.#soon(() => this.#other.#roomAgain())
  }

  #end(why: CloseInfo, now = false): void {
    this.#why = why
    this.#forgetInbox()
    const tell = () => this.#ending.tell(this.#sink, why)
    if (now) tell()
    else this.#soon(tell)
  }
}
