// The life of a connection: what comes is handed to the part it is for, what is overdue is dealt with,
// and whatever ends it, everything settles in one place.
import type { Channel, CloseInfo } from '../channel/channel.js'
import { type Clock, type Duration, milliseconds, systemClock } from '../clock.js'
import type { Envelope, Goaway, Hello } from '../dialect/envelope.js'
import { fail, isTielineError, malformed, TielineError, toError } from '../errors.js'
import { limitsWith } from '../limits.js'
import { Alarm } from './alarm.js'
import type { Caller, Service } from './call.js'
import { Connection } from './connection.js'
import { closeWithin, DrainWaiters } from './drain.js'
import { Greeting } from './greeting.js'
import { Handshake } from './handshake.js'
import { Inbox } from './inbox.js'
import { IncomingCalls } from './incoming.js'
import { Liveness } from './liveness.js'
import { connectionInfo } from './observe.js'
import type { PeerOptions, PeerState } from './options.js'
import { Outbox } from './outbox.js'
import { OutgoingCalls } from './outgoing.js'
import { closedRefusal, drainingRefusal } from './refusals.js'
import { Watchdog } from './watchdog.js'

/** Quiet time until a ping. 15 s: a dead peer is found within 30 s, and an idle process sleeps. */
const HEARTBEAT_MS = 15_000
/** How long a refusal may take to reach the other side before the channel is cut. */
const LAST_WORDS_MS = 1000
const NEVER = Number.POSITIVE_INFINITY

let connections = 0

const nothingServed: Service = (call) => {
  throw fail('unknown-method', `unknown method: ${call.method.slice(0, 100)}`)
}

export class Conversation {
  /** See Peer. */
  readonly draining: Promise<void>
  readonly closed: Promise<CloseInfo>
  readonly connection: Connection
  readonly outgoing: OutgoingCalls
  readonly incoming: IncomingCalls
  readonly handshake: Handshake | undefined
  readonly greeting: Greeting
  readonly liveness: Liveness
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #options: PeerOptions
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  readonly #alarm: Alarm
  readonly #watchdog: Watchdog
  readonly #drains = new DrainWaiters()
  readonly #floodBytes: number
  #state: PeerState = 'greeting'
  #settleDraining!: () => void
  #settleClosed!: (why: CloseInfo) => void
  #remoteDraining = false
  /** When the chunk that is being read came. */
  #now = 0

  /** `caller`: what handlers call back with. */
  constructor(channel: Channel, options: PeerOptions, caller: Caller) {
    const { protocol, role, serves, expects } = options
    if (protocol.wire.unit !== channel.unit) {
      const message = `${protocol.name} needs a channel of unit '${protocol.wire.unit}', not '${channel.unit}'`
      throw new TielineError('invalid-argument', message)
    }
    const limits = limitsWith(options.limits)
    const clock = options.clock ?? systemClock
    this.#channel = channel
    this.#options = options
    this.#clock = clock
    // Calls and answers stop at queuedBytes and the frame after it. Only a flood of small refusals
    // and pongs gets further, to someone who makes us write and does not read.
    this.#floodBytes = 2 * limits.queuedBytes + limits.frameBytes
    this.draining = new Promise((resolve) => {
      this.#settleDraining = resolve
    })
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve
    })
    const dialect = protocol.dialect(limits)
    this.handshake = dialect.can.hello && new Handshake({ role, serves, expects })
    this.#watchdog = new Watchdog(limits, this.handshake?.missing ?? 'nothing came')
    this.#alarm = new Alarm(clock, (now, late) => this.#expire(now, late))
    const receive = (envelope: Envelope): void => this.#receive(envelope)
    const reply = (value: unknown): void => this.#outbox.reply(value)
    this.#inbox = new Inbox(channel, protocol, dialect, limits, receive, reply)
    this.#outbox = new Outbox(channel, protocol, dialect, limits, clock, {
      failed: (error) => this.#end({ by: 'remote', error: toError(error) }),
      blocked: () => this.#stalled(),
    })
    this.connection = new Connection({
      inbox: this.#inbox,
      outbox: this.#outbox,
      dialect,
      protocol: protocol.name,
      limits,
      clock,
      alarm: this.#alarm,
      info: connectionInfo(++connections, channel.remote, options.observe),
      observer: options.observe,
    })
    this.greeting = new Greeting(this.connection)
    this.outgoing = new OutgoingCalls(this.connection, (busy) => this.#busy(busy))
    const service = options.service ?? nothingServed
    const idle = (): void => this.#checkDrained()
    this.incoming = new IncomingCalls(this.connection, caller, service, idle)
    const heartbeat = options.heartbeat ?? HEARTBEAT_MS
    const beats = heartbeat !== false && dialect.can.ping
    this.liveness = new Liveness(beats ? milliseconds(heartbeat) : NEVER, clock.now(), {
      ping: (token) => this.connection.sendIfCan({ kind: 'ping', token }),
      dead: (message) => this.abort(this.#lost(message)),
    })
    this.#begin(role)
  }

  get state(): PeerState {
    return this.#state === 'open' && this.#remoteDraining ? 'draining' : this.#state
  }

  /** Why a call cannot be made now, if it cannot. Not asked before the handshake. */
  refusal(method: string): TielineError | undefined {
    if (this.#state === 'open' && !this.#remoteDraining) return undefined
    const { connection } = this
    if (this.#state === 'closed') return closedRefusal(connection, method)
    if (this.#state === 'open') return drainingRefusal(connection, 'the other side', method)
    // A handler that is still at work may need the other side to finish.
    if (this.incoming.size > 0) return undefined
    return drainingRefusal(connection, 'this side', method)
  }

  /** The same for a notification: a handler at work may say how far it is, whoever is closing. */
  notifyRefusal(method: string): TielineError | undefined {
    if (this.#state !== 'closed' && this.incoming.size > 0) return undefined
    return this.refusal(method)
  }

  /** See Peer. */
  async close(options: { within?: Duration } = {}): Promise<void> {
    const deadline =
      this.#clock.now() + milliseconds(options.within ?? this.connection.limits.drainMs)
    if (this.#state === 'closed') return this.#channel.close()
    this.#drain()
    this.#alarm.by(deadline)
    await new Promise<void>((done) => {
      this.#drains.wait(deadline, done)
      this.#checkDrained()
    })
    if ((this.#state as PeerState) === 'closed') return this.#channel.close()
    // Flushed first: what is in flight until now has been sent, and its error must not say otherwise.
    this.#outbox.flush()
    this.#abandon(this.#lost('this side closed the connection'))
    const left = Math.max(LAST_WORDS_MS, deadline - this.#clock.now())
    await closeWithin(this.#channel, this.#clock, left)
    this.#end({ by: 'local' })
  }

  /** See Peer. */
  abort(reason: Error = this.#lost('this side aborted the connection')): void {
    this.#end({ by: 'local', error: reason })
    this.#channel.abort(reason)
  }

  #begin(role: 'client' | 'server'): void {
    const now = this.#clock.now()
    if (role === 'server' || this.handshake) this.#watchdog.expectFirstFrame(now)
    if (!this.handshake) this.#becomeOpen()
    this.#channel.open({
      message: (chunk) => this.#message(chunk),
      drained: () => this.#drained(),
      closed: (why) => this.#channelClosed(why),
      room: () => this.#inbox.room(),
    })
    if (role === 'client' && this.handshake) this.#outbox.send(this.handshake.hello())
    this.#alarm.by(this.#expire(now, 0))
    this.connection.opened()
  }

  #becomeOpen(): void {
    if (this.#state !== 'greeting') return
    this.#state = 'open'
    // Not before: who waits for the handshake must live to see it.
    this.#busy(false)
    this.greeting.over()
  }

  #message(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    const now = this.#clock.now()
    this.#now = now
    this.liveness.heard(now)
    const inbox = this.#inbox
    try {
      inbox.push(chunk)
    } catch (error) {
      this.#refuse(error)
      return
    }
    const progress = inbox.bytes > 0
    if (progress && !this.handshake) this.#watchdog.firstFrameCame()
    this.#watchdog.read(now, inbox.pending, progress)
    this.#alarm.by(this.#watchdog.next)
    const outbox = this.#outbox
    if (outbox.queued > this.#floodBytes && !outbox.writable) inbox.pause(outbox)
  }

  #receive(envelope: Envelope): void {
    this.handshake?.check(envelope)
    switch (envelope.kind) {
      case 'request':
        this.incoming.request(envelope, this.#now)
        break
      case 'result':
        this.outgoing.result(envelope)
        break
      case 'error':
        this.outgoing.failure(envelope)
        break
      case 'notify':
        this.incoming.notify(envelope, this.#inbox.bytes, this.#now)
        break
      case 'item':
        if (envelope.from === 'callee') this.outgoing.item(envelope, this.#inbox.bytes)
        else this.incoming.item(envelope, this.#inbox.bytes)
        break
      case 'end':
        if (envelope.from === 'callee') this.outgoing.end(envelope.id)
        else this.incoming.itemsEnd(envelope.id)
        break
      case 'credit':
        if (envelope.from === 'caller') this.incoming.credit(envelope.id, envelope.bytes)
        else this.outgoing.credit(envelope.id, envelope.bytes)
        break
      case 'cancel':
        this.incoming.cancel(envelope.id, this.#now)
        break
      case 'hello':
        this.#hello(envelope)
        break
      case 'goaway':
        this.#goaway(envelope)
        break
      case 'ping':
        this.connection.sendIfCan({ kind: 'pong', token: envelope.token })
        break
      case 'pong':
        this.liveness.pong(envelope.token, this.#clock.now())
        break
    }
  }

  #hello(hello: Hello): void {
    const handshake = this.handshake
    if (!handshake) return
    handshake.take(hello)
    this.#watchdog.firstFrameCame()
    if (this.#options.role === 'server') this.#outbox.send(handshake.hello())
    this.#becomeOpen()
  }

  #goaway({ error }: Goaway): void {
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
    this.#settleDraining()
    this.#checkDrained()
  }

  /** What came cannot be read, or must not be: say why, then end this connection and no other. */
  #refuse(thrown: unknown): void {
    const reason = isTielineError(thrown)
      ? thrown
      : malformed('what came cannot be read', { cause: thrown })
    const { code, message } = reason
    try {
      // Also where the dialect has no farewell: it may have a word for what was wrong.
      this.#outbox.send({ kind: 'goaway', error: { code, message } })
    } catch {
      // The limits leave no room for last words: the other side sees the end without them.
    }
    this.#outbox.flush()
    this.#end({ by: 'local', error: reason })
    void closeWithin(this.#channel, this.#clock, LAST_WORDS_MS)
  }

  #channelClosed(why: CloseInfo): void {
    let { error } = why
    try {
      if (!error) this.#inbox.end()
    } catch (cause) {
      error = this.#lost(`the connection was cut: ${toError(cause).message}`, cause)
    }
    // It said that it goes, and nothing was open: our own goaway may find the channel closed already.
    const inOrder = this.#remoteDraining && this.outgoing.size === 0 && this.incoming.size === 0
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
    this.greeting.refuse(this.connection.error('unavailable', why, { origin: 'channel' }))
    this.connection.sendIfCan({ kind: 'goaway', error: undefined })
    this.#settleDraining()
  }

  /** Nothing goes in or out any more, and every call is settled. */
  #abandon(reason: Error): void {
    this.#outbox.close()
    this.#inbox.close()
    this.outgoing.abandon(reason)
    this.incoming.abandon(reason)
    this.liveness.abandon(reason)
  }

  /** Everything settles here, once, whatever ended the conversation. */
  #end(why: CloseInfo): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#alarm.stop()
    const ended =
      why.by === 'remote' ? 'the other side closed the connection' : 'the connection was closed'
    const reason = why.error ?? this.#lost(ended)
    this.#abandon(reason)
    this.greeting.refuse(reason)
    this.#drains.release()
    this.connection.closed(why)
    this.#settleDraining()
    this.#settleClosed(why)
  }

  #lost(message: string, cause?: unknown): TielineError {
    return this.connection.error('connection-lost', message, { origin: 'channel', cause })
  }

  #busy(busy: boolean): void {
    if (this.#options.hold === false && this.#state === 'open') this.#channel.hold(busy)
    if (!busy) this.#checkDrained()
  }

  #checkDrained(): void {
    if (this.#state !== 'draining' && !this.#remoteDraining) return
    if (this.outgoing.size > 0 || this.incoming.size > 0) return
    this.#drains.release()
    if (this.#remoteDraining && this.#state === 'open') void this.close()
  }

  #drained(): void {
    if (this.#state === 'closed') return
    this.#watchdog.drained()
    this.#outbox.drained()
    this.#inbox.resume(this.#outbox)
  }

  #stalled(): void {
    this.#watchdog.blocked(this.#clock.now(), this.#outbox.taken)
    this.#alarm.by(this.#watchdog.next)
  }

  #expire(now: number, late: number): number {
    if (this.#state === 'closed') return NEVER
    if (this.#inbox.paused) {
      // While we do not read, silence says nothing about the other side.
      this.liveness.heard(now)
      this.#watchdog.paused(now)
    } else if (this.#state === 'greeting') {
      // Nothing may be said before the handshake, pings neither. It has a deadline of its own.
      this.liveness.heard(now)
    }
    const overdue = this.#watchdog.overdue(now, late, this.#outbox.taken)
    if (overdue) {
      this.#refuse(this.#lost(overdue))
      return NEVER
    }
    const next = Math.min(
      this.outgoing.expire(now),
      this.incoming.expire(now),
      this.liveness.expire(now, late),
      this.#drains.expire(now),
    )
    return Math.min(next, this.#watchdog.next)
  }
}
