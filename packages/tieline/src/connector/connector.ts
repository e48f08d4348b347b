// Keeps a client connected: dials again with backoff, makes a new peer for each connection, lets calls
// wait for one, and subscribes resumable streams again. It never sends a call twice that may have arrived.
import { type Clock, milliseconds, systemClock, type Timer } from '../clock.js'
import { isTielineError, TielineError, toError } from '../errors.js'
import { defaultLimits } from '../limits.js'
import type { Caller, CallOptions, Peer } from '../peer/index.js'
import { Backoff, type BackoffOptions } from './backoff.js'
import { ResumingStream } from './resuming-stream.js'
import { Waiters } from './waiters.js'

export type ConnectionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly peer: Peer }
  /** `error`: why there is no connection. `retryInMs`: when the next attempt begins. */
  | { readonly state: 'waiting'; readonly error: Error; readonly retryInMs: number }
  | { readonly state: 'closed'; readonly error?: Error }

export interface ConnectorOptions {
  /** Dials and shakes hands. The signal fires on close. */
  readonly open: (signal: AbortSignal) => Promise<Peer>
  /** Named in errors. */
  readonly endpoint: string
  /** How to come back after a loss; false: the first loss closes the connector. */
  readonly reconnect?: BackoffOptions | false | undefined
  /** A call while there is no connection: waits for one until its deadline (default), or fails at once. */
  readonly whileDisconnected?: 'wait' | 'fail' | undefined
  /** Whether a stream of that method may be asked for again on a new connection. */
  readonly resumable?: ((method: string) => boolean) | undefined
  /** A stream was subscribed again: what happened in between was not seen. */
  readonly resumed?: ((method: string) => void) | undefined
  /** How long a call may wait for a connection when it has no timeout. Milliseconds; 30 s. */
  readonly callMs?: number | undefined
  readonly clock?: Clock | undefined
}

export class Connector implements Caller {
  readonly #options: ConnectorOptions
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #closing = new AbortController()
  readonly #watchers = new Set<(status: ConnectionStatus) => void>()
  readonly #waiters: Waiters
  #peer: Peer | undefined
  #status: ConnectionStatus = { state: 'connecting' }
  #retry: Timer | undefined
  #wait: BackoffOptions | false

  constructor(options: ConnectorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#wait = options.reconnect ?? {}
    this.#backoff = new Backoff(this.#wait || {})
    this.#waiters = new Waiters(this.#clock, (waiting) => this.#retry?.hold(waiting))
  }

  get status(): ConnectionStatus {
    return this.#status
  }

  get endpoint(): string {
    return this.#options.endpoint
  }

  /** The peer of the connection that stands, if one does. */
  get peer(): Peer | undefined {
    return this.#peer
  }

  /** Calls `watcher` on every change of status. Returns how to stop that. */
  watch(watcher: (status: ConnectionStatus) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** The first connection. Rejects when it fails, and then nothing is tried again. */
  async start(): Promise<void> {
    try {
      this.#adopt(await this.#options.open(this.#closing.signal))
    } catch (error) {
      this.#finish(toError(error))
      throw error
    }
  }

  /** Starts connecting in the background: a first failure is retried like a later one. */
  startInBackground(): void {
    void this.#attempt()
  }

  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown> {
    const peer = this.#peer
    if (peer === undefined) return this.#callLater(method, params, options)
    if (this.#options.whileDisconnected === 'fail') return peer.call(method, params, options)
    return peer.call(method, params, options).catch((error: unknown) => {
      if (!isUnsent(error) || this.#status.state === 'closed') throw error
      return this.#callLater(method, params, options)
    })
  }

  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown> {
    return new ResumingStream({
      open: async () => (await this.#available(method, options)).stream(method, params, options),
      resumable: this.#wait !== false && (this.#options.resumable?.(method) ?? false),
      closed: () => this.#status.state === 'closed',
      resumed: () => this.#options.resumed?.(method),
    })
  }

  /** Throws `unavailable` while there is no connection: a notification is not kept for later. */
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void {
    if (!this.#peer) throw this.#disconnected(method)
    this.#peer.notify(method, params, options)
  }

  /** Drains the connection and stops coming back. Idempotent. */
  async close(): Promise<void> {
    const peer = this.#peer
    this.#finish()
    await peer?.close()
  }

  /** Ends the connection now and stops coming back. Idempotent. */
  abort(reason?: Error): void {
    const peer = this.#peer
    this.#finish(reason)
    peer?.abort(reason)
  }

  async #callLater(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    const { callMs = defaultLimits.callMs } = this.#options
    const timeout = options?.timeout === undefined ? callMs : milliseconds(options.timeout)
    const deadline = this.#clock.now() + timeout
    for (;;) {
      const left = Math.max(0, deadline - this.#clock.now())
      const peer = await this.#available(method, { ...options, timeout: left })
      try {
        return await peer.call(method, params, {
          ...options,
          timeout: Math.max(0, deadline - this.#clock.now()),
        })
      } catch (error) {
        if (!isUnsent(error)) throw error
      }
    }
  }

  /** A peer that can be called. Waits for one as long as the options allow. */
  async #available(method: string, options: CallOptions | undefined): Promise<Peer> {
    if (this.#peer?.state === 'open') return this.#peer
    const waits = this.#options.whileDisconnected !== 'fail' && this.#status.state !== 'closed'
    if (!waits) throw this.#disconnected(method)
    const { callMs = defaultLimits.callMs } = this.#options
    const timeoutMs = options?.timeout === undefined ? callMs : milliseconds(options.timeout)
    return this.#waiters.wait(timeoutMs, options?.signal, {
      late: () => this.#disconnected(method, 'deadline-exceeded'),
      cancelled: () =>
        new TielineError('cancelled', `${method} was cancelled before it was sent`, {
          method,
          endpoint: this.endpoint,
          sent: 'no',
        }),
    })
  }

  #disconnected(method: string, code = 'unavailable'): TielineError {
    const status = this.#status
    const error = 'error' in status ? status.error : undefined
    const why = error ? `: ${error.message}` : ''
    const message = `${method}: no connection to ${this.endpoint}${why}`
    const details = { origin: 'channel', method, endpoint: this.endpoint, sent: 'no' } as const
    return new TielineError(code, message, error ? { ...details, cause: error } : details)
  }

  async #attempt(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#tell({ state: 'connecting' })
    try {
      const peer = await this.#options.open(this.#closing.signal)
      if (this.#closing.signal.aborted) void peer.close()
      else this.#adopt(peer)
    } catch (error) {
      this.#lost(toError(error))
    }
  }

  #adopt(peer: Peer): void {
    this.#peer = peer
    this.#backoff.reset()
    this.#tell({ state: 'connected', peer })
    this.#waiters.release(peer)
    void peer.closed.then(({ error }) => {
      if (this.#peer !== peer) return
      this.#peer = undefined
      const ended = () =>
        new TielineError('connection-lost', 'the other side closed the connection')
      this.#lost(error ?? ended())
    })
  }

  #lost(error: Error): void {
    if (this.#closing.signal.aborted) return
    if (this.#wait === false) {
      this.#finish(error)
      return
    }
    const retryInMs = this.#backoff.next()
    this.#tell({ state: 'waiting', error, retryInMs })
    this.#retry = this.#clock.after(retryInMs, () => void this.#attempt())
    this.#retry.hold(this.#waiters.size > 0)
  }

  #finish(error?: Error): void {
    if (this.#status.state === 'closed') return
    this.#closing.abort()
    this.#retry?.cancel()
    this.#peer = undefined
    this.#tell(error ? { state: 'closed', error } : { state: 'closed' })
    this.#waiters.refuse(error ?? new TielineError('unavailable', `${this.endpoint}: closed`))
  }

  #tell(status: ConnectionStatus): void {
    this.#status = status
    for (const watcher of this.#watchers) watcher(status)
  }
}

/** The call failed with its connection, and no byte of it was sent: another connection may have it. */
function isUnsent(error: unknown): boolean {
  return (
    isTielineError(error) &&
    error.sent === 'no' &&
    (error.code === 'connection-lost' || error.code === 'unavailable')
  )
}
