// The life of a connection: what comes is handed to the part it is for, what is overdue is dealt with,
// and whatever ends it, everything settles in one place.
import type { Channel, ChannelSink, CloseInfo } from '../channel/channel.js'
import { type Duration, milliseconds, systemClock } from '../clock.js'
import type { Envelope, Goaway, Hello } from '../dialect/envelope.js'
import { isTielineError, malformed, TielineError, toError } from '../errors.js'
import { Alarm, type Sleeper } from './alarm.js'
import type { Caller, Service } from './call.js'
import { Connection } from './connection.js'
import { dispatch } from './dispatch.js'
import { closeWithin, LAST_WORDS_MS, Leaving, once, type Reason, sayWhy } from './drain.js'
import { Greeting } from './greeting.js'
import { Handshake } from './handshake.js'
import { Inbox, type Receiver } from './inbox.js'
import { IncomingCalls, type IncomingHooks } from './incoming.js'
import { Liveness, type LivenessHooks } from './liveness.js'
import type { PeerLoad, PeerOptions, PeerState } from './options.js'
import { Outbox, type OutboxHooks } from './outbox.js'
import { OutgoingCalls, type OutgoingHooks } from './outgoing.js'
import { endingRefusal, nothingServed } from './refusals.js'
import { sharedLimits } from './shared.js'
import { sharedTerms } from './terms.js'
import { Watchdog } from './watchdog.js'

/** Quiet time until a ping. 15 s: a dead peer is found within 30 s, and an idle process sleeps. */
const HEARTBEAT_MS = 15_000
const NEVER = Number.POSITIVE_INFINITY

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
  readonly liveness: Liveness
  readonly channel: Channel
  readonly options: PeerOptions
  /** What handlers call back with. */
  readonly caller: Caller
  /** The other side's hello, once it has come. */
  remote: Hello | undefined
  /** Until the handshake is over. */
  #greeting: Greeting | undefined
  #handshake: Handshake | undefined
  // What most connections never need, or not for long, is made when it is needed.
  #outgoing: OutgoingCalls | undefined
  #incoming: IncomingCalls | undefined
  #watchdog: Watchdog | undefined
  #leaving: Leaving | undefined
  #state: PeerState = 'greeting'
  #remoteDraining = false

  constructor(channel: Channel, options: PeerOptions, caller: Caller) {
    const { protocol, role, observe } = options
    if (protocol.wire.unit !== channel.unit) {
      const message = `${protocol.name} needs a channel of unit '${protocol.wire.unit}', not '${channel.unit}'`
      throw new TielineError('invalid-argument', message)
    }
    const limits = sharedLimits(options.limits)
    const clock = options.clock ?? systemClock
    const terms = sharedTerms(protocol, limits, clock, observe)
    const { dialect } = terms
    this.channel = channel
    this.options = options
    this.caller = caller
    const inbox = new Inbox(channel, terms, this)
    const outbox = new Outbox(channel, terms, this)
    const alarm = new Alarm(clock, this)
    this.connection = new Connection(inbox, outbox, alarm, terms, channel.remote)
    this.#handshake = dialect.can.hello && new Handshake(options)
    this.#greeting = new Greeting(this.connection)
    const heartbeat = options.heartbeat ?? HEARTBEAT_MS
    const beats = heartbeat !== false && dialect.can.ping
    this.liveness = new Liveness(beats ? milliseconds(heartbeat) : NEVER, clock.now(), this)
    this.#begin(role)
    if ((this.#state as PeerState) !== 'closed') options.among?.add(caller)
  }

  get outgoing(): OutgoingCalls {
    this.#outgoing ??= new OutgoingCalls(this.connection, this)
    return this.#outgoing
  }

  get incoming(): IncomingCalls {
    this.#incoming ??= new IncomingCalls(this)
    return this.#incoming
  }

  get service(): Service {
    return this.options.service ?? nothingServed
  }

  /** Those who wait for the handshake. Undefined when it is over, or will not be. */
  get greeting(): Greeting | undefined {
    return this.#state === 'greeting' ? this.#greeting : undefined
  }

  /** See Peer.ready. */
  get ready(): Promise<void> {
    return this.#greeting?.ready ?? Promise.resolve()
  }

  /** See Peer.draining. */
  get draining(): Promise<void> {
    return this.#leave().draining
  }

  /** See Peer.closed. */
  get ended(): Promise<CloseInfo> {
    return this.#leave().ended
  }

  #leave(): Leaving {
    this.#leaving ??= new Leaving()
    return this.#leaving
  }

  get load(): PeerLoad {
    const { liveness, connection } = this
    const outgoing = this.#outgoing
    const incoming = this.#incoming
    return {
      outgoing: (outgoing?.size ?? 0) + liveness.size + (this.#greeting?.size ?? 0),
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
    if (this.#state === 'closed') return this.channel.close()
    this.#drain()
    alarm.by(deadline)
    const { drains } = this.#leave()
    await new Promise<void>((done) => {
      drains.wait(deadline, done)
      this.idle()
    })
    if ((this.#state as PeerState) === 'closed') return this.channel.close()
    // Flushed first: what is in flight until now has been sent, and its error must not say otherwise.
    outbox.flush()
    this.#abandon(once(() => this.#lost('this side closed the connection')))
    const left = Math.max(LAST_WORDS_MS, deadline - clock.now())
    await closeWithin(this.channel, clock, left)
    this.#end({ by: 'local' })
  }

  /** See Peer. */
  abort(reason: Error = this.#lost('this side aborted the connection')): void {
    this.#end({ by: 'local', error: reason })
    this.channel.abort(reason)
  }

  #begin(role: 'client' | 'server'): void {
    const { clock, outbox, alarm } = this.connection
    const now = clock.now()
    if (role === 'server' || this.#handshake) this.#watch().expectFirstFrame(now)
    if (!this.#handshake) this.#becomeOpen()
    this.channel.open(this)
    if (role === 'client' && this.#handshake) outbox.send(this.#handshake.hello())
    alarm.by(this.ring(now, 0))
    this.connection.opened()
  }

  /** Made while it is wanted. */
  #watch(): Watchdog {
    this.#watchdog ??= new Watchdog(this.connection.limits, this.#handshake)
    return this.#watchdog
  }

  #becomeOpen(): void {
    if (this.#state !== 'greeting') return
    this.#state = 'open'
    // Not before: who waits for the handshake must live to see it.
    this.busy(false)
    this.#greeting?.over()
    this.#greeting = undefined
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
    try {
      if (chunk === undefined) inbox.read(now, clock)
      else inbox.push(chunk, now, clock)
    } catch (error) {
      this.#refuse(error)
      return
    }
    // Kept while a handler is at work: thousands of connections are idle at any time.
    if (this.#incoming?.idle === true) this.#incoming = undefined
    if (this.#watchdog !== undefined || inbox.pending > 0) this.#watchFrames(now)
    if (outbox.flooded) inbox.pause(outbox)
  }

  #watchFrames(now: number): void {
    const { inbox, alarm } = this.connection
    const watchdog = this.#watch()
    const progress = inbox.bytes > 0
    if (progress && !this.#handshake) watchdog.firstFrameCame()
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
  receive(envelope: Envelope, now: number): void {
    this.#handshake?.check(envelope)
    dispatch(envelope, this, this.connection.inbox.bytes, now)
  }

  /** See Receiver. */
  reply(value: unknown): void {
    this.connection.outbox.reply(value)
  }

  hello(hello: Hello): void {
    if (this.remote) throw malformed('a second hello came on the same connection')
    const handshake = this.#handshake
    if (!handshake) return
    this.remote = handshake.take(hello)
    this.#handshake = undefined
    this.#watchdog?.firstFrameCame()
    if (this.options.role === 'server') this.connection.outbox.send(handshake.hello())
    this.#becomeOpen()
  }

  goaway({ error }: Goaway): void {
    if (error) {
      const message = `the other side ended the connection: ${error.message}`
      const { code, data } = error
      const reason = this.connection.error(code, message, { origin: 'protocol', data })
      this.#end({ by: 'remote', error: reason })
      this.channel.abort(reason)
      return
    }
    this.#remoteDraining = true
    this.incoming.drain()
    this.#leave().begin()
    this.idle()
  }

  /** What came cannot be read, or must not be: say why, then end this connection and no other. */
  #refuse(thrown: unknown): void {
    const reason = isTielineError(thrown)
      ? thrown
      : malformed('what came cannot be read', { cause: thrown })
    const { outbox, clock } = this.connection
    sayWhy(outbox, reason)
    this.#end({ by: 'local', error: reason })
    void closeWithin(this.channel, clock, LAST_WORDS_MS)
  }

  /** See ChannelSink. */
  closed(why: CloseInfo): void {
    let { error } = why
    try {
      this.connection.inbox.finish(this.connection.clock.now())
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
    if (this.options.hold === false) this.channel.hold(true)
    this.incoming.refuse()
    this.incoming.drain()
    const why = 'this side is closing the connection'
    const { connection } = this
    this.#greeting?.refuse(once(() => connection.error('unavailable', why, { origin: 'channel' })))
    connection.sendIfCan({ kind: 'goaway', error: undefined })
    this.#leave().begin()
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
    this.connection.alarm.stop()
    const ended =
      why.by === 'remote' ? 'the other side closed the connection' : 'the connection was closed'
    const reason = once(() => why.error ?? this.#lost(ended))
    this.#abandon(reason)
    this.#greeting?.refuse(reason)
    this.connection.closed(why)
    this.#leave().end(why)
    this.options.among?.delete(this.caller)
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
    if (this.options.hold === false && this.#state === 'open') this.channel.hold(busy)
    if (!busy) this.idle()
  }

  /** Nothing may be in flight any more. */
  idle(): void {
    if (this.#state !== 'draining' && !this.#remoteDraining) return
    if (this.#working) return
    this.#leaving?.drains.release()
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
      this.#leaving?.drains.expire(now) ?? NEVER,
      this.#watchdog?.next ?? NEVER,
    )
  }
}
