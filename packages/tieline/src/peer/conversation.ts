// The life of a connection: what comes is handed to the part it is for, what is overdue is dealt with,
// and whatever ends it, everything settles in one place.
import type { Channel, ChannelSink, CloseInfo } from '../channel/channel.js'
import { type Duration, milliseconds, systemClock } from '../clock.js'
import type { Envelope, Goaway, Hello } from '../dialect/envelope.js'
import { isTielineError, malformed, TielineError, toError } from '../errors.js'
import { Alarm, type Sleeper } from './alarm.js'
import type { Caller } from './call.js'
import { Connection } from './connection.js'
import { type Deferred, deferred } from './deferred.js'
import { dispatch } from './dispatch.js'
import { closeWithin, DrainWaiters, once, type Reason } from './drain.js'
import { Greeting } from './greeting.js'
import { Handshake } from './handshake.js'
import { Inbox, type Receiver } from './inbox.js'
import { IncomingCalls, type IncomingHooks } from './incoming.js'
import { Liveness, type LivenessHooks } from './liveness.js'
import { connectionInfo } from './observe.js'
import type { PeerLoad, PeerOptions, PeerState } from './options.js'
import { Outbox, type OutboxHooks } from './outbox.js'
import { OutgoingCalls, type OutgoingHooks } from './outgoing.js'
import { endingRefusal, nothingServed } from './refusals.js'
import { sharedLimits } from './shared.js'
import { Watchdog } from './watchdog.js'

/** Quiet time until a ping. 15 s: a dead peer is found within 30 s, and an idle process sleeps. */
const HEARTBEAT_MS = 15_000
/** How long a refusal may take to reach the other side before the channel is cut. */
const LAST_WORDS_MS = 1000
const NEVER = Number.POSITIVE_INFINITY

let connections = 0

export class Conversation
  implements
    ChannelSink,
    Receiver,
    OutboxHooks,
    LivenessHooks,
    OutgoingHooks,
    IncomingHooks,
    Sleeper
{
  readonly connection: Connection
  readonly handshake: Handshake | undefined
  readonly greeting: Greeting
  readonly liveness: Liveness
  readonly #channel: Channel
  readonly #options: PeerOptions
  readonly #caller: Caller
  // What most connections never need, or not for long, is made when it is needed.
  #outgoing: OutgoingCalls | undefined
  #incoming: IncomingCalls | undefined
  #watchdog: Watchdog | undefined
  #drains: DrainWaiters | undefined
  #draining: Deferred<void> | undefined
  #ended: Deferred<CloseInfo> | undefined
  #why: CloseInfo | undefined
  #state: PeerState = 'greeting'
  #remoteDraining = false
  /** When the chunk that is being read came. */
  #now = 0

  /** `caller`: what handlers call back with. */
  constructor(channel: Channel, options: PeerOptions, caller: Caller) {
    const { protocol, role, observe } = options
    if (protocol.wire.unit !== channel.unit) {
      const message = `${protocol.name} needs a channel of unit '${protocol.wire.unit}', not '${channel.unit}'`
      throw new TielineError('invalid-argument', message)
    }
    const limits = sharedLimits(options.limits)
    const clock = options.clock ?? systemClock
    this.#channel = channel
    this.#options = options
    this.#caller = caller
    const dialect = protocol.dialect(limits)
    this.handshake = dialect.can.hello && new Handshake(options)
    this.connection = new Connection({
      inbox: new Inbox(channel, protocol, dialect, limits, this),
      outbox: new Outbox(channel, protocol, dialect, limits, clock, this),
      dialect,
      protocol,
      limits,
      clock,
      alarm: new Alarm(clock, this),
      info: connectionInfo(++connections, channel.remote, observe),
      observer: observe,
    })
    this.greeting = new Greeting(this.connection)
    const heartbeat = options.heartbeat ?? HEARTBEAT_MS
    const beats = heartbeat !== false && dialect.can.ping
    this.liveness = new Liveness(beats ? milliseconds(heartbeat) : NEVER, clock.now(), this)
    this.#begin(role)
  }

  get outgoing(): OutgoingCalls {
    this.#outgoing ??= new OutgoingCalls(this.connection, this)
    return this.#outgoing
  }

  get incoming(): IncomingCalls {
    const service = this.#options.service ?? nothingServed
    this.#incoming ??= new IncomingCalls(this.connection, this.#caller, service, this)
    return this.#incoming
  }

  /** See Peer.draining. */
  get draining(): Promise<void> {
    this.#draining ??= deferred()
    if (this.#state === 'draining' || this.#state === 'closed' || this.#remoteDraining) {
      this.#draining.resolve()
    }
    return this.#draining.promise
  }

  /** See Peer.closed. */
  get ended(): Promise<CloseInfo> {
    this.#ended ??= deferred()
    if (this.#why !== undefined) this.#ended.resolve(this.#why)
    return this.#ended.promise
  }

  get load(): PeerLoad {
    const { greeting, liveness, connection } = this
    const outgoing = this.#outgoing
    const incoming = this.#incoming
    return {
      outgoing: (outgoing?.size ?? 0) + liveness.size + greeting.size,
      incoming: incoming?.held ?? 0,
      streams: (outgoing?.streams ?? 0) + (incoming?.streams ?? 0),
      queuedBytes: connection.outbox.queued,
    }
  }

  get state(): PeerState {
    return this.#state === 'open' && this.#remoteDraining ? 'draining' : this.#state
  }

  /** Why a call cannot be made now, if it cannot. Not asked before the handshake. */
  refusal(method: string): TielineError | undefined {
    if (this.#state === 'open' && !this.#remoteDraining) return undefined
    return endingRefusal(this.connection, method, this.#state, this.#answering)
  }

  /** The same for a notification: a handler at work may say how far it is, whoever is closing. */
  notifyRefusal(method: string): TielineError | undefined {
    if (this.#state !== 'closed' && this.#answering) return undefined
    return this.refusal(method)
  }

  /** See Peer. */
  async close(options: { within?: Duration } = {}): Promise<void> {
    const { clock, limits, alarm, outbox } = this.connection
    const deadline = clock.now() + milliseconds(options.within ?? limits.drainMs)
    if (this.#state === 'closed') return this.#channel.close()
    this.#drain()
    alarm.by(deadline)
    this.#drains ??= new DrainWaiters()
    const drains = this.#drains
    await new Promise<void>((done) => {
      drains.wait(deadline, done)
      this.idle()
    })
    if ((this.#state as PeerState) === 'closed') return this.#channel.close()
    // Flushed first: what is in flight until now has been sent, and its error must not say otherwise.
    outbox.flush()
    this.#abandon(once(() => this.#lost('this side closed the connection')))
    const left = Math.max(LAST_WORDS_MS, deadline - clock.now())
    await closeWithin(this.#channel, clock, left)
    this.#end({ by: 'local' })
  }

  /** See Peer. */
  abort(reason: Error = this.#lost('this side aborted the connection')): void {
    this.#end({ by: 'local', error: reason })
    this.#channel.abort(reason)
  }

  #begin(role: 'client' | 'server'): void {
    const { clock, outbox, alarm } = this.connection
    const now = clock.now()
    if (role === 'server' || this.handshake) this.#watch().expectFirstFrame(now)
    if (!this.handshake) this.#becomeOpen()
    this.#channel.open(this)
    if (role === 'client' && this.handshake) outbox.send(this.handshake.hello())
    alarm.by(this.ring(now, 0))
    this.connection.opened()
  }

  /** Made while it is wanted. */
  #watch(): Watchdog {
    this.#watchdog ??= new Watchdog(this.connection.limits, this.handshake)
    return this.#watchdog
  }

  #becomeOpen(): void {
    if (this.#state !== 'greeting') return
    this.#state = 'open'
    // Not before: who waits for the handshake must live to see it.
    this.busy(false)
    this.greeting.over()
  }

  /** See ChannelSink. */
  message(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    const now = this.connection.clock.now()
    this.liveness.heard(now)
    this.#read(chunk, now)
  }

  /** See Receiver. */
  turn(): void {
    if (this.#state !== 'closed') this.#read(undefined, this.connection.clock.now())
  }

  /** Reads a chunk, or what was left of one. */
  #read(chunk: Uint8Array | undefined, now: number): void {
    const { clock, inbox, outbox } = this.connection
    this.#now = now
    try {
      if (chunk === undefined) inbox.read(now, clock)
      else inbox.push(chunk, now, clock)
    } catch (error) {
      this.#refuse(error)
      return
    }
    if (this.#watchdog !== undefined || inbox.pending > 0) this.#watchFrames(now)
    if (outbox.flooded) inbox.pause(outbox)
  }

  #watchFrames(now: number): void {
    const { inbox, alarm } = this.connection
    const watchdog = this.#watch()
    const progress = inbox.bytes > 0
    if (progress && !this.handshake) watchdog.firstFrameCame()
    watchdog.read(now, inbox.pending, progress)
    alarm.by(watchdog.next)
    this.#rest()
  }

  /** Nothing is awaited: the watchdog goes. */
  #rest(): void {
    if (this.#watchdog?.next === NEVER) this.#watchdog = undefined
  }

  /** See ChannelSink. */
  room(): Uint8Array | undefined {
    return this.connection.inbox.room()
  }

  /** See Receiver. */
  receive(envelope: Envelope): void {
    this.handshake?.check(envelope)
    dispatch(envelope, this, this.connection.inbox.bytes, this.#now)
  }

  /** See Receiver. */
  reply(value: unknown): void {
    this.connection.outbox.reply(value)
  }

  hello(hello: Hello): void {
    const handshake = this.handshake
    if (!handshake) return
    handshake.take(hello)
    this.#watchdog?.firstFrameCame()
    if (this.#options.role === 'server') this.connection.outbox.send(handshake.hello())
    this.#becomeOpen()
  }

  goaway({ error }: Goaway): void {
    if (error) {
      const message = `the other side ended the connection: ${error.message}`
      const { code, data } = error
      const reason = this.connection.error(code, message, { origin: 'protocol', data })
      this.#end({ by: 'remote', error: reason })
      this.#channel.abort(reason)
      return
    }
    this.#remoteDraining = true
    this.incoming.drain()
    this.#draining?.resolve()
    this.idle()
  }

  /** What came cannot be read, or must not be: say why, then end this connection and no other. */
  #refuse(thrown: unknown): void {
    const reason = isTielineError(thrown)
      ? thrown
      : malformed('what came cannot be read', { cause: thrown })
    const { code, message } = reason
    const { outbox, clock } = this.connection
    try {
      // Also where the dialect has no farewell: it may have a word for what was wrong.
      outbox.send({ kind: 'goaway', error: { code, message } })
    } catch {
      // The limits leave no room for last words: the other side sees the end without them.
    }
    outbox.flush()
    this.#end({ by: 'local', error: reason })
    void closeWithin(this.#channel, clock, LAST_WORDS_MS)
  }

  /** See ChannelSink. */
  closed(why: CloseInfo): void {
    let { error } = why
    try {
      this.connection.inbox.finish()
      if (!error) this.connection.inbox.end()
    } catch (cause) {
      error ??= this.#lost(`the connection was cut: ${toError(cause).message}`, cause)
    }
    // It said that it goes, and nothing was open: our own goaway may find the channel closed already.
    const inOrder = this.#remoteDraining && !this.#working
    if (!error) this.#end(why)
    else this.#end(inOrder ? { by: 'remote' } : { by: why.by, error })
  }

  /** No new calls on this side. */
  #drain(): void {
    if (this.#state === 'draining') return
    this.#state = 'draining'
    // The process must not end before what is in flight has.
    if (this.#options.hold === false) this.#channel.hold(true)
    this.incoming.refuse()
    this.incoming.drain()
    const why = 'this side is closing the connection'
    const { connection } = this
    this.greeting.refuse(once(() => connection.error('unavailable', why, { origin: 'channel' })))
    connection.sendIfCan({ kind: 'goaway', error: undefined })
    this.#draining?.resolve()
  }

  /** Nothing goes in or out any more, and every call is settled. */
  #abandon(reason: Reason): void {
    const { inbox, outbox } = this.connection
    outbox.close()
    inbox.close()
    this.#outgoing?.abandon(reason)
    this.#incoming?.abandon(reason)
    this.liveness.abandon(reason)
  }

  /** Everything settles here, once, whatever ended the conversation. */
  #end(why: CloseInfo): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#why = why
    this.connection.alarm.stop()
    const ended =
      why.by === 'remote' ? 'the other side closed the connection' : 'the connection was closed'
    const reason = once(() => why.error ?? this.#lost(ended))
    this.#abandon(reason)
    this.greeting.refuse(reason)
    this.#drains?.release()
    this.connection.closed(why)
    this.#draining?.resolve()
    this.#ended?.resolve(why)
  }

  #lost(message: string, cause?: unknown): TielineError {
    return this.connection.error('connection-lost', message, { origin: 'channel', cause })
  }

  /** Handlers are at work for the other side. */
  get #answering(): boolean {
    return this.#incoming !== undefined && this.#incoming.size > 0
  }

  /** Something is in flight, either way. */
  get #working(): boolean {
    return this.#answering || (this.#outgoing !== undefined && this.#outgoing.size > 0)
  }

  /** See OutgoingHooks. */
  busy(busy: boolean): void {
    if (this.#options.hold === false && this.#state === 'open') this.#channel.hold(busy)
    if (!busy) this.idle()
  }

  /** Nothing may be in flight any more. */
  idle(): void {
    if (this.#state !== 'draining' && !this.#remoteDraining) return
    if (this.#working) return
    this.#drains?.release()
    if (this.#remoteDraining && this.#state === 'open') void this.close()
  }

  /** See ChannelSink. */
  drained(): void {
    if (this.#state === 'closed') return
    const { inbox, outbox } = this.connection
    this.#watchdog?.drained()
    this.#rest()
    outbox.drained()
    inbox.resume(outbox)
  }

  /** See OutboxHooks. */
  blocked(): void {
    const { clock, outbox, alarm } = this.connection
    const watchdog = this.#watch()
    watchdog.blocked(clock.now(), outbox.taken)
    alarm.by(watchdog.next)
  }

  /** See OutboxHooks. */
  failed(error: unknown): void {
    this.#end({ by: 'remote', error: toError(error) })
  }

  /** See LivenessHooks. */
  ping(token: number): void {
    this.connection.sendIfCan({ kind: 'ping', token })
  }

  /** See LivenessHooks. */
  dead(message: string): void {
    this.abort(this.#lost(message))
  }

  /** See Sleeper. */
  ring(now: number, late: number): number {
    if (this.#state === 'closed') return NEVER
    const { inbox, outbox } = this.connection
    if (inbox.paused) {
      // While we do not read, silence says nothing about the other side.
      this.liveness.heard(now)
      this.#watchdog?.paused(now)
    } else if (this.#state === 'greeting') {
      // Nothing may be said before the handshake, pings neither. It has a deadline of its own.
      this.liveness.heard(now)
    }
    const overdue = this.#watchdog?.overdue(now, late, outbox.taken)
    if (overdue) {
      this.#refuse(this.#lost(overdue))
      return NEVER
    }
    return Math.min(
      this.#outgoing?.expire(now) ?? NEVER,
      this.#incoming?.expire(now) ?? NEVER,
      this.liveness.expire(now, late),
      this.#drains?.expire(now) ?? NEVER,
      this.#watchdog?.next ?? NEVER,
    )
  }
}
