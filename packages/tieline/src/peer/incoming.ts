// The calls that the other side makes: each is given to the service and answered exactly once, with a
// value, an error or a stream of items.
import type { Item, Notify, Request, WireError } from '../dialect/envelope.js'
import { fail, isTielineError, malformed, toError } from '../errors.js'
import type { Caller, Service } from './call.js'
import type { Connection } from './connection.js'
import type { Reason } from './drain.js'
import { type CallHost, IncomingCall } from './incoming-call.js'
import { codeOf, Notifications } from './notifications.js'
import { hasItems, isSource, isThenable, type Source } from './outcome.js'
import { StreamReader } from './stream-reader.js'
import { StreamWriter } from './stream-writer.js'
import { HIDDEN, toWireError } from './wire-error.js'

const NEVER = Number.POSITIVE_INFINITY
/** Characters of an error that are sent when the whole error cannot be. */
const SHORT_MESSAGE = 1000
/** Characters of a foreign method's name that a message shows. */
const SHOWN = 100

export interface IncomingHooks {
  readonly connection: Connection
  readonly caller: Caller
  readonly service: Service
  /** The last open call was settled after `drain`. */
  idle(): void
}

export class IncomingCalls implements CallHost {
  readonly #hooks: IncomingHooks
  // Made when they are first needed, and let go of while nothing is in them.
  #open: Map<number, IncomingCall> | undefined
  /** Cancelled, and their handlers have not noticed yet: they hold their place until they do, or until the deadline. */
  #leaving: Set<IncomingCall> | undefined
  #notifications: Notifications | undefined
  #entered = 0
  #streams = 0
  #draining = false
  #refusing = false
  #over: Reason | undefined

  constructor(hooks: IncomingHooks) {
    this.#hooks = hooks
  }

  get connection(): Connection {
    return this.#hooks.connection
  }

  get caller(): Caller {
    return this.#hooks.caller
  }

  /** Calls and notifications whose handlers somebody waits for. */
  get size(): number {
    return (this.#open?.size ?? 0) + this.#entered + (this.#notifications?.size ?? 0)
  }

  /** Those, and the handlers that are still at work for nobody. */
  get held(): number {
    return this.size + (this.#leaving?.size ?? 0)
  }

  /** Nothing is in it, and nothing is known that one made anew would not know. */
  get idle(): boolean {
    return this.held === 0 && !this.#draining && !this.#refusing && this.#over === undefined
  }

  get streams(): number {
    return this.#streams
  }

  get draining(): boolean {
    return this.#draining
  }

  request(request: Request, now: number): void {
    const { id, timeout, window } = request
    if (this.#open?.has(id)) throw malformed(`call id ${id} is already in use on this connection`)
    const refusal = this.#refusal(request)
    if (refusal) {
      this.#sendError(request, refusal)
      return
    }
    const isCall = window === undefined
    // A stream may last; a call without a deadline of its own gets ours.
    const allowed = timeout ?? (isCall ? this.connection.limits.callMs : NEVER)
    const call = new IncomingCall(this, isCall ? 'call' : 'stream', request, now + allowed)
    let outcome: unknown
    // Counted meanwhile: a handler may close its own connection and must still be waited for.
    this.#entered++
    try {
      outcome = this.#hooks.service(call)
    } catch (error) {
      this.#entered--
      this.#failed(call, error)
      return
    }
    this.#entered--
    if (!isThenable(outcome)) {
      this.#answer(call, outcome)
      return
    }
    this.#register(call)
    outcome.then(
      (value) => this.#answer(call, value),
      (error) => this.#failed(call, error),
    )
  }

  /** `bytes`: what it took on the wire. */
  notify(notify: Notify, bytes: number, now: number): void {
    this.#notifications ??= new Notifications(this, this.#hooks.service)
    this.#notifications.take(notify, bytes, now)
  }

  /** An item of a stream that the caller sends along. */
  item(item: Item, bytes: number): void {
    const reader = this.#open?.get(item.id)?.reader
    if (reader) reader.push(item.value, bytes)
    else this.connection.dropped('late-item')
  }

  itemsEnd(id: number): void {
    this.#open?.get(id)?.reader?.finish()
  }

  /** The caller reads our items: more may be sent. */
  credit(id: number, bytes: number): void {
    this.#open?.get(id)?.writer?.credit(bytes)
  }

  cancel(id: number, now: number): void {
    const call = this.#open?.get(id)
    if (!call) return
    // One that cancels and calls again must not get more handlers than its limit.
    this.#leaving ??= new Set()
    this.#leaving.add(call)
    call.deadline = Math.min(call.deadline, now + this.connection.limits.callMs)
    this.connection.alarm.by(call.deadline)
    this.#end(call, fail('cancelled', `${call.method} was cancelled by its caller`), 'cancelled')
  }

  /** Streams without an end of their own are asked to end. */
  drain(): void {
    this.#draining = true
    for (const call of this.#open?.values() ?? []) call.drain()
    this.#notifications?.drain()
  }

  /** New calls are answered with `unavailable`. */
  refuse(): void {
    this.#refusing = true
  }

  /** Answers what is overdue. Returns the next deadline. */
  expire(now: number): number {
    let next = this.#notifications?.expire(now) ?? NEVER
    for (const call of [...(this.#open?.values() ?? []), ...(this.#leaving ?? [])]) {
      if (call.deadline > now) {
        next = Math.min(next, call.deadline)
        continue
      }
      this.#leaving?.delete(call)
      const message = `${call.method} did not finish before its deadline`
      this.#failed(call, fail('deadline-exceeded', message))
    }
    this.#tidy()
    return next
  }

  /** The connection is gone: every handler's signal fires, nothing is answered. */
  abandon(reason: Reason): void {
    this.#over = reason
    for (const call of [...(this.#open?.values() ?? [])]) this.#endBy(call, reason)
    this.#leaving?.clear()
    this.#notifications?.abandon(reason)
    this.#tidy()
  }

  #tidy(): void {
    if (this.#open?.size === 0) this.#open = undefined
    if (this.#leaving?.size === 0) this.#leaving = undefined
    if (this.#notifications?.size === 0 && !this.#over) this.#notifications = undefined
  }

  readerFor(call: IncomingCall): StreamReader {
    const { connection } = this
    const { windowBytes } = connection.limits
    const credit = (bytes: number): void => {
      if (call.settled) return
      connection.outbox.send({ kind: 'credit', id: call.id, from: 'callee', bytes })
    }
    const reader: StreamReader = new StreamReader(windowBytes, {
      start: () => {
        const none = call.settled || call.kind === 'notify' || !connection.can('credit')
        if (none) reader.finish()
        else credit(windowBytes)
      },
      grant: credit,
      overrun: () => connection.overrun(reader, call.method),
      left: () => {},
    })
    return reader
  }

  /** Not an Error: its stack costs ten times what a refusal may, when they come by the thousand. */
  #refusal({ method, window }: Request): WireError | undefined {
    const { limits } = this.connection
    if (this.#refusing) return this.#refused('unavailable', method, 'the connection is closing')
    if ((this.#open?.size ?? 0) + (this.#leaving?.size ?? 0) >= limits.calls) {
      const why = `more than ${limits.calls} calls in flight (limit calls)`
      return this.#refused('resource-exhausted', method, why)
    }
    if (window !== undefined && this.#streams >= limits.streams) {
      const why = `more than ${limits.streams} open streams (limit streams)`
      return this.#refused('resource-exhausted', method, why)
    }
    return undefined
  }

  #refused(code: string, method: string, why: string): WireError {
    return { code, message: `${method.slice(0, SHOWN)}${this.connection.at}: ${why}` }
  }

  #register(call: IncomingCall): void {
    // The handler itself has ended the connection.
    if (this.#over) {
      this.#endBy(call, this.#over)
      return
    }
    this.#open ??= new Map()
    this.#open.set(call.id, call)
    call.open = true
    if (call.kind === 'stream') this.#streams++
    this.connection.alarm.by(call.deadline)
  }

  #answer(call: IncomingCall, value: unknown): void {
    if (call.settled) {
      this.#left(call)
      if (isSource(value)) leaveUnread(value)
      return
    }
    if (call.kind === 'stream' && isSource(value)) {
      this.#startStream(call, value)
      return
    }
    const isStream = value !== null && typeof value === 'object' && hasItems(value)
    if (isStream || call.kind === 'stream') {
      const is = isStream ? 'a stream, not a call' : 'a call, not a stream'
      this.#failed(call, fail('invalid-argument', `${call.method} is ${is}`))
      return
    }
    const { outbox, limits } = this.connection
    if (outbox.full) {
      const message = `${call.method}: ${outbox.queued} bytes wait for a slow reader (limit queuedBytes is ${limits.queuedBytes})`
      this.#failed(call, fail('resource-exhausted', message))
      return
    }
    try {
      outbox.send({ kind: 'result', id: call.id, value })
    } catch (error) {
      this.#failed(call, unsendable(call.method, error), error)
      return
    }
    this.#settle(call, 'ok')
  }

  #startStream(call: IncomingCall, source: Source): void {
    const { id, window } = call
    let writer: StreamWriter
    try {
      writer = new StreamWriter(source, {
        outbox: this.connection.outbox,
        id,
        from: 'callee',
        window: this.connection.can('credit') ? window : NEVER,
        begun: () => {
          call.deadline = NEVER
        },
        ended: () => this.#settle(call, 'ok'),
        failed: (error, cannotSend) =>
          this.#failed(call, cannotSend ? unsendable(call.method, error) : error, error),
      })
    } catch (error) {
      this.#failed(call, error)
      return
    }
    call.writer = writer
    if (!call.open) this.#register(call)
    void writer.run().then(() => this.#left(call))
  }

  /** The handler of a cancelled call has noticed. */
  #left(call: IncomingCall): void {
    this.#leaving?.delete(call)
  }

  /** Answers with an error. `thrown` is what the log gets, where that tells more. */
  #failed(call: IncomingCall, error: unknown, thrown: unknown = error): void {
    if (call.settled) {
      this.#left(call)
      return
    }
    const wireError = toWireError(error)
    if (!isTielineError(thrown) || !thrown.crosses) {
      this.connection.handlerFailed(call.method, thrown)
    }
    this.#sendError(call, wireError)
    this.#end(call, toError(error), wireError.code)
  }

  #sendError({ id, method }: Pick<Request, 'id' | 'method'>, error: WireError): void {
    const code = error.code.slice(0, SHORT_MESSAGE)
    const message = error.message.slice(0, SHORT_MESSAGE)
    // Its data may have no form on the wire, or it may be too large: then as much as can be said.
    for (const form of [error, { code, message }, HIDDEN]) {
      try {
        this.connection.outbox.send({ kind: 'error', id, error: form })
        return
      } catch (reason) {
        this.connection.handlerFailed(method, reason)
      }
    }
  }

  /** The connection is gone. */
  #endBy(call: IncomingCall, reason: Reason): void {
    const error = reason()
    this.#end(call, error, codeOf(error))
  }

  /** Nobody waits for the handler any more. */
  #end(call: IncomingCall, reason: Error, code: string): void {
    if (call.settled) return
    call.writer?.stop()
    this.#settle(call, code)
    call.cancel(reason)
  }

  #settle(call: IncomingCall, code: string): void {
    call.settled = true
    if (call.reader !== undefined) {
      const ended = `${call.method} has ended: ${code}`
      call.reader.finish(code === 'ok' ? undefined : fail('cancelled', ended))
    }
    if (call.open) {
      call.open = false
      this.#open?.delete(call.id)
      if (call.kind === 'stream') this.#streams--
    }
    this.connection.finished(call, code)
    this.checkIdle()
  }

  /** A call or a notification was settled. */
  checkIdle(): void {
    if (this.#draining && this.size === 0) this.#hooks.idle()
  }
}

/** The handler's answer has no form on the wire, or is too large: that much the caller may know. */
function unsendable(method: string, error: unknown): Error {
  if (!isTielineError(error)) return toError(error)
  return fail(
    error.code === 'too-large' ? 'too-large' : 'internal',
    `the answer of ${method} cannot be sent: ${error.message}`,
  )
}

/** A stream came too late for its caller: its source is told, so that its `finally` runs. */
function leaveUnread(source: Source): void {
  if (!hasItems(source)) return
  try {
    // Nobody is left to tell when that fails.
    source[Symbol.asyncIterator]()
      .return?.()
      .then(undefined, () => {})
  } catch {
    // The same, thrown at once.
  }
}
