// The time before the handshake is over: calls wait for it, each no longer than its own deadline.
import { toError } from '../errors.js'
import { allowance, withTimeout } from './allowance.js'
import type { CallOptions } from './call.js'
import type { Connection } from './connection.js'
import { type Deferred, deferred } from './deferred.js'
import type { Reason } from './drain.js'
import { lostBeforeReady } from './refusals.js'
import { Waiters } from './waiters.js'

export class Greeting {
  readonly #connection: Connection
  #waiters: Waiters<void> | undefined
  #ready: Deferred<void> | undefined
  #over = false
  #refused: Reason | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Resolves when calls can be made; rejects if it never comes to that. */
  get ready(): Promise<void> {
    if (this.#ready === undefined) {
      this.#ready = deferred()
      // Whoever does not wait for it learns the same from his calls and from `closed`.
      this.#ready.promise.catch(() => {})
      if (this.#over) this.#ready.resolve()
      else if (this.#refused)
        this.#ready.resolve(Promise.reject(this.#lost(this.#refused, 'connect')))
    }
    return this.#ready.promise
  }

  /** Those who wait. */
  get size(): number {
    return this.#waiters?.size ?? 0
  }

  /** Waits on behalf of a call. Resolves with its options, with less time in them. */
  async wait(
    kind: 'call' | 'stream',
    method: string,
    options: CallOptions | undefined,
  ): Promise<CallOptions | undefined> {
    const { clock, limits, at } = this.#connection
    const name = `${method}${at}`
    const error = (code: string, message: string, cause?: unknown) =>
      this.#connection.error(code, message, { method, sent: 'no', cause })
    let allowed: number
    try {
      allowed = allowance(kind, options, limits.callMs)
    } catch (thrown) {
      throw error('invalid-argument', `${name}: ${toError(thrown).message}`, thrown)
    }
    if (this.size >= limits.calls) {
      const why = `more than ${limits.calls} calls in flight (limit calls)`
      throw error('resource-exhausted', `${name}: ${why}`)
    }
    const since = clock.now()
    this.#waiters ??= new Waiters(clock)
    await this.#waiters.wait(method, allowed, [options?.signal, options?.within?.signal], {
      late: () => error('deadline-exceeded', `${name}: no handshake before the deadline`),
      cancelled: (cause) => error('cancelled', `${name}: cancelled before it was sent`, cause),
    })
    return withTimeout(options, allowed - (clock.now() - since))
  }

  /** The handshake is over: those who wait go on. */
  over(): void {
    this.#over = true
    this.#ready?.resolve()
    this.#waiters?.release()
    this.#waiters = undefined
  }

  /** It will not come to a handshake. Harmless after `over`, and when it is said again. */
  refuse(reason: Reason): void {
    if (this.#over || this.#refused) return
    this.#refused = reason
    this.#ready?.resolve(Promise.reject(this.#lost(reason, 'connect')))
    this.#waiters?.refuse((method) => this.#lost(reason, method))
    this.#waiters = undefined
  }

  #lost(reason: Reason, method: string): Error {
    return lostBeforeReady(this.#connection, reason(), method)
  }
}
