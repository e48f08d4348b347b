// The calls that this side makes: each settles exactly once, on its answer, its deadline, its cancel
// or the end of the connection.
import type { Failure, Item, Metadata, Result } from '../dialect/envelope.js'
import { isTielineError, malformed, type TielineError, toError } from '../errors.js'
import { allowance } from './allowance.js'
import type { CallOptions } from './call.js'
import type { Connection } from './connection.js'
import type { Reason } from './drain.js'
import { IdTable } from './id-table.js'
import { isSource } from './outcome.js'
import { OutgoingCall, type Reject, type Resolve } from './outgoing-call.js'
import { StreamReader } from './stream-reader.js'
import { StreamWriter } from './stream-writer.js'
import { fromWireError } from './wire-error.js'

const NEVER = Number.POSITIVE_INFINITY

export interface OutgoingHooks {
  /** The first call began, or the last one was settled. */
  busy(busy: boolean): void
}

export class OutgoingCalls {
  readonly #connection: Connection
  readonly #hooks: OutgoingHooks
  readonly #open = new IdTable<OutgoingCall>()
  #streams = 0

  constructor(connection: Connection, hooks: OutgoingHooks) {
    this.#connection = connection
    this.#hooks = hooks
  }

  get size(): number {
    return this.#open.size
  }

  get streams(): number {
    return this.#streams
  }

  /** Makes a call. Every refusal comes through `reject`, also one that is known at once. */
  call(
    method: string,
    params: unknown,
    options: CallOptions | undefined,
    resolve: Resolve,
    reject: Reject,
  ): void {
    this.#start('call', method, params, options, resolve, reject, undefined)
  }

  /** A stream that begins with its first `next`. `ready`: see Peer.stream. */
  stream(
    method: string,
    params: unknown,
    options: CallOptions | undefined,
    ready: () => Promise<CallOptions | undefined> | undefined,
  ): StreamReader {
    const connection = this.#connection
    let call: OutgoingCall | undefined
    const failed = (error: unknown): void => reader.finish(toError(error))
    const begin = (left: CallOptions | undefined): void => {
      // It may have been left while it waited.
      if (reader.ended) return
      call = this.#start('stream', method, params, left, () => reader.finish(), failed, reader)
    }
    const reader: StreamReader = new StreamReader(connection.limits.windowBytes, {
      start: () => {
        const wait = ready()
        if (wait === undefined) begin(options)
        else wait.then(begin, failed)
      },
      grant: (bytes) => {
        connection.inbox.resume(reader)
        if (call) connection.sendIfCan({ kind: 'credit', id: call.id, from: 'caller', bytes })
      },
      overrun: () => connection.overrun(reader, method),
      left: () => {
        if (call) this.#cancel(call, 'cancelled')
      },
    })
    return reader
  }

  /** One way. Throws where it cannot be sent. */
  notify(method: string, params: unknown, meta: Metadata | undefined): void {
    const connection = this.#connection
    const refusal = this.notifyRefusal(method)
    if (refusal) throw refusal
    try {
      connection.outbox.send({ kind: 'notify', method, params, meta })
    } catch (error) {
      throw this.#unsendable(method, error)
    }
  }

  notifyRefusal(method: string): TielineError | undefined {
    const connection = this.#connection
    if (!connection.can('notify')) return connection.unsupported('notifications', method)
    return this.#queueFull(method)
  }

  result(result: Result): void {
    const call = this.#open.get(result.id)
    if (call === undefined) {
      this.#connection.dropped('late-answer')
      return
    }
    if (call.reader !== undefined) {
      throw malformed(`${call.method} is a stream and was answered with one value`)
    }
    this.#open.remove(call.id)
    this.#settled(call, 'ok')
    call.resolve(result.value)
  }

  failure(failure: Failure): void {
    const call = this.#open.get(failure.id)
    if (!call) {
      this.#connection.dropped('late-answer')
      return
    }
    this.#settle(call, failure.error.code)
    // Both sides count down. Whichever notices first, the caller reads the same.
    const late =
      failure.error.code === 'deadline-exceeded' && call.deadline <= this.#connection.clock.now()
    call.reject(
      late
        ? this.#late(call)
        : fromWireError(failure.error, call.method, this.#connection.endpoint),
    )
  }

  item(item: Item, bytes: number): void {
    const call = this.#open.get(item.id)
    if (!call) {
      this.#connection.dropped('late-item')
      return
    }
    if (!call.reader) throw malformed(`${call.method} is a call and was answered with a stream`)
    call.deadline = NEVER
    call.reader.push(item.value, bytes)
  }

  end(id: number): void {
    const call = this.#open.get(id)
    if (!call) {
      this.#connection.dropped('late-answer')
      return
    }
    if (!call.reader) throw malformed(`${call.method} is a call and was answered with a stream`)
    this.#settle(call, 'ok')
    call.resolve(undefined)
  }

  /** The other side reads our items. One that grants credit for items we do not have is told the end. */
  credit(id: number, bytes: number): void {
    const call = this.#open.get(id)
    if (!call) return
    if (call.writer) {
      call.writer.credit(bytes)
    } else if (!call.toldEnd) {
      call.toldEnd = true
      this.#connection.outbox.send({ kind: 'end', id, from: 'caller' })
    }
  }

  /** Rejects what is overdue. Returns the next deadline. */
  expire(now: number): number {
    let next = NEVER
    for (const call of this.#open.all()) {
      if (call.deadline > now) {
        next = Math.min(next, call.deadline)
        continue
      }
      this.#giveUp(call, this.#late(call))
    }
    return next
  }

  /** The connection is gone: every call rejects, saying whether it may have been sent. */
  abandon(reason: Reason): void {
    for (const call of this.#open.all()) {
      const sent = this.#connection.outbox.handed > call.writtenBefore ? 'maybe' : 'no'
      const error = this.#lost(call.method, reason(), sent)
      this.#settle(call, error.code)
      call.reject(error, call.deadline)
    }
  }

  #lost(method: string, reason: Error, sent: 'no' | 'maybe'): TielineError {
    // A refusal (wrong version, too large) keeps its code; anything else is a lost connection.
    const refusal = isTielineError(reason) && reason.origin === 'protocol' ? reason.code : undefined
    return this.#connection.error(
      refusal ?? 'connection-lost',
      `${method}${this.#connection.at}: ${reason.message}`,
      { origin: refusal ? 'protocol' : 'channel', method, sent, cause: reason },
    )
  }

  #start(
    kind: 'call' | 'stream',
    method: string,
    params: unknown,
    options: CallOptions | undefined,
    resolve: Resolve,
    reject: Reject,
    reader: StreamReader | undefined,
  ): OutgoingCall | undefined {
    const { outbox, limits, clock, alarm } = this.#connection
    let allowed: number
    try {
      allowed = allowance(kind, options, limits.callMs)
    } catch (error) {
      reject(this.#unsendable(method, error))
      return undefined
    }
    const refusal = this.#refusal(kind, method, options, allowed)
    if (refusal) {
      reject(refusal)
      return undefined
    }
    const id = this.#open.nextId()
    const deadline = clock.now() + allowed
    const call = new OutgoingCall(id, kind, method, deadline, resolve, reject, reader)
    call.writtenBefore = outbox.written
    const window = reader === undefined ? undefined : limits.windowBytes
    const timeout = allowed === NEVER ? undefined : allowed
    try {
      outbox.send({ kind: 'request', id, method, params, window, timeout, meta: options?.meta })
    } catch (error) {
      reject(this.#unsendable(method, error))
      return undefined
    }
    this.#open.add(call)
    if (kind === 'stream') this.#streams++
    if (this.#open.size === 1) this.#hooks.busy(true)
    call.startedAt = this.#connection.started(method, kind, 'caller')
    alarm.by(deadline)
    if (options !== undefined) this.#attach(call, options)
    return call
  }

  #refusal(
    kind: 'call' | 'stream',
    method: string,
    options: CallOptions | undefined,
    allowed: number,
  ): TielineError | undefined {
    const { limits } = this.#connection
    if (this.#open.size >= limits.calls) {
      return this.#exhausted(method, `more than ${limits.calls} calls in flight (limit calls)`)
    }
    if (kind === 'stream') {
      if (!this.#connection.can('item')) return this.#connection.unsupported('streams', method)
      if (this.#streams >= limits.streams) {
        return this.#exhausted(method, `more than ${limits.streams} open streams (limit streams)`)
      }
    }
    const full = this.#queueFull(method)
    if (full || options === undefined) return full
    return this.#optionsRefusal(method, options, allowed)
  }

  #optionsRefusal(method: string, options: CallOptions, allowed: number): TielineError | undefined {
    const { signal, within, items } = options
    const name = `${method}${this.#connection.at}`
    const details = { method, sent: 'no' } as const
    const stopped = signal?.aborted ? signal : within?.signal.aborted ? within.signal : undefined
    if (stopped) {
      const message = `${name}: cancelled before it was sent`
      return this.#connection.error('cancelled', message, { ...details, cause: stopped.reason })
    }
    if (allowed <= 0) {
      const message = `${name}: no time was left to send it`
      return this.#connection.error('deadline-exceeded', message, details)
    }
    if (items === undefined) return undefined
    // Without credits nobody knows whether the handler wants them.
    if (!this.#connection.can('item') || !this.#connection.can('credit')) {
      return this.#connection.unsupported('streams from the caller', method)
    }
    if (isSource(items)) return undefined
    return this.#connection.error('invalid-argument', `${name}: items is not iterable`, details)
  }

  #exhausted(method: string, why: string): TielineError {
    const message = `${method}${this.#connection.at}: ${why}`
    return this.#connection.error('resource-exhausted', message, { method, sent: 'no' })
  }

  #queueFull(method: string): TielineError | undefined {
    const { outbox, limits } = this.#connection
    if (!outbox.full) return undefined
    return this.#exhausted(
      method,
      `${outbox.queued} bytes wait for a slow reader (limit queuedBytes is ${limits.queuedBytes})`,
    )
  }

  #attach(call: OutgoingCall, { signal, within, items }: CallOptions): void {
    if (signal || within) {
      call.listen(signal, within?.signal, (cause) => {
        const message = `${call.method}${this.#connection.at}: cancelled`
        this.#giveUp(call, this.#error('cancelled', message, call, cause))
      })
    }
    if (items === undefined) return
    const { outbox } = this.#connection
    const failed = (error: unknown): void => this.#giveUp(call, this.#itemsFailed(call, error))
    try {
      call.writer = new StreamWriter(items, {
        outbox,
        id: call.id,
        from: 'caller',
        // The callee grants when it begins to read.
        window: 0,
        ended: () => {},
        failed,
      })
    } catch (error) {
      failed(error)
      return
    }
    void call.writer.run()
  }

  #itemsFailed(call: OutgoingCall, error: unknown): TielineError {
    const message = `${call.method}${this.#connection.at}: its items failed: ${toError(error).message}`
    return this.#error(isTielineError(error) ? error.code : 'cancelled', message, call, error)
  }

  /** Rejects a call that nobody answered. What was written of it leaves all the same: it may have been sent. */
  #giveUp(call: OutgoingCall, error: TielineError): void {
    if (this.#cancel(call, error.code)) call.reject(error)
  }

  #late(call: OutgoingCall): TielineError {
    const message = `${call.method}${this.#connection.at}: no answer before the deadline`
    return this.#error('deadline-exceeded', message, call, undefined)
  }

  #error(code: string, message: string, { method }: OutgoingCall, cause: unknown): TielineError {
    return this.#connection.error(code, message, { method, sent: 'maybe', cause })
  }

  /** Tells the other side that the answer is not wanted, if its dialect has a word for that. */
  #cancel(call: OutgoingCall, code: string): boolean {
    if (!this.#settle(call, code)) return false
    this.#connection.sendIfCan({ kind: 'cancel', id: call.id })
    return true
  }

  #settle(call: OutgoingCall, code: string): boolean {
    if (this.#open.get(call.id) !== call) return false
    this.#open.remove(call.id)
    this.#settled(call, code)
    return true
  }

  #settled(call: OutgoingCall, code: string): void {
    if (call.reader !== undefined) {
      this.#streams--
      this.#connection.inbox.resume(call.reader)
    }
    call.unlisten?.()
    call.writer?.stop()
    this.#connection.finished(call, code)
    if (this.#open.size === 0) this.#hooks.busy(false)
  }

  #unsendable(method: string, error: unknown): TielineError {
    const { message } = toError(error)
    const code = isTielineError(error) ? error.code : 'invalid-argument'
    return this.#connection.error(code, `${method}${this.#connection.at}: ${message}`, {
      method,
      sent: 'no',
      cause: error,
    })
  }
}
