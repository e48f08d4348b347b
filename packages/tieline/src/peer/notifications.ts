// The notifications of the other side. As many handlers run at once as calls may; what comes meanwhile
// waits in order while answers are still read, so a handler may call back over the same connection.
import type { Notify } from '../dialect/envelope.js'
import { fail, isTielineError, toError } from '../errors.js'
import type { Service } from './call.js'
import type { Reason } from './drain.js'
import { type CallHost, IncomingCall } from './incoming-call.js'
import { isThenable } from './outcome.js'
import { Queue } from './queue.js'
import { toWireError } from './wire-error.js'

/** What a small decoded message takes in memory beside its bytes: array, object and strings. */
const MESSAGE_OVERHEAD_BYTES = 256
const NEVER = Number.POSITIVE_INFINITY

/** What notifications need of the calls of their connection. */
export interface NotificationHost extends CallHost {
  /** One was settled. */
  checkIdle(): void
}

export class Notifications {
  readonly #host: NotificationHost
  readonly #service: Service
  readonly #running = new Set<IncomingCall>()
  readonly #waiting = new Queue<{ readonly notify: Notify; readonly bytes: number }>()
  #waitingBytes = 0
  #full = false
  #advancing = false
  #over: Reason | undefined

  constructor(host: NotificationHost, service: Service) {
    this.#host = host
    this.#service = service
  }

  /** Those that are handled, and those that wait for it. */
  get size(): number {
    return this.#running.size + this.#waiting.size
  }

  /** `bytes`: what it took on the wire. */
  take(notify: Notify, bytes: number, now: number): void {
    const { limits } = this.#host.connection
    if (this.#running.size < limits.calls) {
      this.#run(notify, now)
      return
    }
    this.#waiting.push({ notify, bytes })
    this.#waitingBytes += bytes + MESSAGE_OVERHEAD_BYTES
    if (this.#waitingBytes > limits.queuedBytes) this.#tellFull(true)
  }

  /** Gives up on handlers that are overdue. Returns the next deadline. */
  expire(now: number): number {
    let next = NEVER
    for (const call of [...this.#running]) {
      if (call.deadline > now) {
        next = Math.min(next, call.deadline)
        continue
      }
      const message = `${call.method} did not finish before its deadline`
      this.#failed(call, fail('deadline-exceeded', message))
    }
    return next
  }

  drain(): void {
    for (const call of this.#running) call.drain()
  }

  /** The connection is gone: every handler's signal fires, and what waits is dropped. */
  abandon(reason: Reason): void {
    this.#over = reason
    for (let left = this.#waiting.size; left > 0; left--) {
      this.#host.connection.dropped('notification')
    }
    this.#waiting.clear()
    this.#waitingBytes = 0
    for (const call of [...this.#running]) this.#end(call, reason(), codeOf(reason()))
  }

  #run(notify: Notify, now: number): void {
    const { connection } = this.#host
    const call = new IncomingCall(this.#host, 'notify', notify, now + connection.limits.callMs)
    let outcome: unknown
    try {
      outcome = this.#service(call)
    } catch (error) {
      this.#failed(call, error)
      return
    }
    if (!isThenable(outcome)) {
      this.#settle(call, 'ok')
      return
    }
    this.#running.add(call)
    connection.alarm.by(call.deadline)
    outcome.then(
      () => this.#settle(call, 'ok'),
      (error) => this.#failed(call, error),
    )
    // The handler itself has ended the connection.
    if (this.#over) this.#end(call, this.#over(), 'connection-lost')
  }

  #failed(call: IncomingCall, error: unknown): void {
    if (call.settled) return
    this.#host.connection.handlerFailed(call.method, error)
    this.#end(call, toError(error), toWireError(error).code)
  }

  #end(call: IncomingCall, reason: Error, code: string): void {
    call.cancel(reason)
    this.#settle(call, code)
  }

  #settle(call: IncomingCall, code: string): void {
    if (call.settled) return
    call.settled = true
    call.reader?.finish()
    this.#running.delete(call)
    this.#host.connection.finished(call, code)
    if (this.#waiting.size > 0) this.#advance()
    if (this.size === 0) this.#host.checkIdle()
  }

  /** Starts those that wait, as far as there is room. */
  #advance(): void {
    // A handler that ends at once comes here again: the loop below goes on for it.
    if (this.#advancing) return
    this.#advancing = true
    const { limits, clock } = this.#host.connection
    while (this.#running.size < limits.calls) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      this.#waitingBytes -= next.bytes + MESSAGE_OVERHEAD_BYTES
      this.#run(next.notify, clock.now())
    }
    this.#advancing = false
    if (this.#waitingBytes * 2 <= limits.queuedBytes) this.#tellFull(false)
  }

  #tellFull(full: boolean): void {
    if (this.#full === full) return
    this.#full = full
    // As many bytes wait as may: stop reading. Or there is room again.
    const { inbox } = this.#host.connection
    if (full) inbox.pause(this)
    else inbox.resume(this)
  }
}

export function codeOf(reason: Error): string {
  return isTielineError(reason) ? reason.code : 'connection-lost'
}
