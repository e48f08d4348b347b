// The time before the handshake is over: calls wait for it, each no longer than its own deadline.
import { toError } from '../errors.js'
import { allowance, withTimeout } from './allowance.js'
import type { CallOptions } from './call.js'
import type { Connection } from './connection.js'
import { lostBeforeReady } from './refusals.js'
import { Waiters } from './waiters.js'

export class Greeting {
  /** Resolves when calls can be made; rejects if it never comes to that. */
  readonly ready: Promise<void>
  readonly #connection: Connection
  readonly #waiters: Waiters<void>
  #resolve!: () => void
  #reject!: (error: Error) => void

  constructor(connection: Connection) {
    this.#connection = connection
    this.#waiters = new Waiters(connection.clock)
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever does not wait for `ready` learns the same from his calls and from `closed`.
    this.ready.catch(() => {})
  }

  /** Those who wait. */
  get size(): number {
    return this.#waiters.size
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
    if (this.#waiters.size >= limits.calls) {
      const why = `more than ${limits.calls} calls in flight (limit calls)`
      throw error('resource-exhausted', `${name}: ${why}`)
    }
    const since = clock.now()
    await this.#waiters.wait(method, allowed, [options?.signal, options?.within?.signal], {
      late: () => error('deadline-exceeded', `${name}: no handshake before the deadline`),
      cancelled: (cause) => error('cancelled', `${name}: cancelled before it was sent`, cause),
    })
    return withTimeout(options, allowed - (clock.now() - since))
  }

  /** The handshake is over: those who wait go on. */
  over(): void {
    this.#resolve()
    this.#waiters.release()
  }

  /** It will not come to a handshake. Harmless after `over`. */
  refuse(reason: Error): void {
    this.#reject(lostBeforeReady(this.#connection, reason, 'connect'))
    this.#waiters.refuse((method) => lostBeforeReady(this.#connection, reason, method))
  }
}
