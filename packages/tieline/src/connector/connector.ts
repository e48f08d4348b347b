// Keeps a client connected: dials again with backoff, makes a new peer for each connection, lets calls
// wait for one, and subscribes resumable streams again. It never sends a call twice that may have arrived.
import { type Clock, systemClock, type Timer } from '../clock.js'
import { inMessage, isTielineError, TielineError, toError } from '../errors.js'
import { defaultLimits } from '../limits.js'
import { allowance, withTimeout } from '../peer/allowance.js'
import type { Caller, CallOptions, Peer } from '../peer/index.js'
import { Waiters } from '../peer/waiters.js'
import { Backoff, type BackoffOptions } from './backoff.js'
import { ResumingStream } from './resuming-stream.js'

/** Where a client that comes back stands. `closed` is the last. */
export type ConnectionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly peer: Peer }
  /** `error`: why there is no connection. `retryInMs`: when the next attempt begins. */
  | { readonly state: 'waiting'; readonly error: Error; readonly retryInMs: number }
  | { readonly state: 'closed'; readonly error?: Error }

/** What a connector is made with. */
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
  /** Calls that may wait for a connection. 1,024. */
  readonly calls?: number | undefined
  /** False: while there is no connection, only calls that wait for one keep the process alive. */
  readonly hold?: boolean | undefined
  readonly clock?: Clock | undefined
}

/**
 * A caller that stays connected: a new peer for each connection, calls that wait for one, streams
 * asked for again.
 */
export class Connector implements Caller {
  readonly #options: ConnectorOptions
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #closing = new AbortController()
  readonly #watchers = new Set<(status: ConnectionStatus) => void>()
  readonly #waiters: Waiters<Peer>
  readonly #reconnects: boolean
  /** Peers that take no new calls and finish what they have. */
  readonly #leaving = new Set<Peer>()
  readonly #callMs: number
  #peer: Peer | undefined
  #status: ConnectionStatus = { state: 'connecting' }
  #retry: Timer | undefined

  constructor(options: ConnectorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#reconnects = options.reconnect !== false
    this.#backoff = new Backoff(options.reconnect || {})
    this.#callMs = options.callMs ?? defaultLimits.callMs
    this.#waiters = new Waiters(this.#clock, () => this.#holdRetry())
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
    if (this.#closing.signal.aborted) throw this.#disconnected('connect')
  }

  /** Starts connecting in the background: a first failure is retried like a later one. */
  startInBackground(): void {
    void this.#attempt()
  }

  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown> {
    const peer = this.#peer
    if (peer === undefined) return this.#callLater(method, params, options)
    if (this.#options.whileDisconnected === 'fail') return peer.call(method, params, options)
    return new Promise((resolve, reject) => {
      peer.request(method, params, options, resolve, (error, deadline) => {
        if (!this.#maySendAgain(error, options)) {
          reject(error)
          return
        }
        // One that was refused at once has all of its time still.
        const left = deadline === undefined ? undefined : deadline - this.#clock.now()
        const again = left === undefined ? options : withTimeout(options, left)
        resolve(this.#callLater(method, params, again))
      })
    })
  }

  /** A stream that is not resumable belongs to the connection on which it begins. */
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown> {
    const { resumable, resumed } = this.#options
    const again = this.#reconnects && options?.items === undefined && (resumable?.(method) ?? false)
    if (this.#peer?.state === 'open' && !again) return this.#peer.stream(method, params, options)
    return new ResumingStream({
      open: async (isAgain, left) => {
        const peer = await this.#streamPeer(method, isAgain, left, options)
        const stream = peer.peer.stream(method, params, peer.options)
        return { stream, lost: (error) => again && this.#isLost(peer.peer, error) }
      },
      resumed: () => outside(() => resumed?.(method)),
    })
  }

  /** Throws `unavailable` while there is no connection: a notification is not kept for later. */
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void {
    if (!this.#peer) throw this.#disconnected(method)
    this.#peer.notify(method, params, options)
  }

  /** Drains the connection and stops coming back. Never rejects; may be called again. */
  async close(): Promise<void> {
    this.#finish()
    await Promise.all([...this.#leaving].map((peer) => peer.close()))
  }

  /** Ends the connection now and stops coming back. Idempotent. */
  abort(reason?: Error): void {
    this.#finish(reason)
    for (const peer of this.#leaving) peer.abort(reason)
  }

  async #callLater(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    const deadline = this.#clock.now() + this.#allowance('call', method, options)
    for (;;) {
      const peer = await this.#available(method, deadline, this.#mayWait(), [
        options?.signal,
        options?.within?.signal,
      ])
      const left = withTimeout(options, deadline - this.#clock.now())
      try {
        return await peer.call(method, params, left)
      } catch (error) {
        if (!this.#maySendAgain(error, options)) throw error
      }
    }
  }

  /** Where to ask for a stream, and with what is left of its time. Asked for again, it waits as long as it takes. */
  async #streamPeer(
    method: string,
    again: boolean,
    left: AbortSignal,
    options: CallOptions | undefined,
  ): Promise<{ peer: Peer; options: CallOptions | undefined }> {
    const signals = [left, options?.signal, options?.within?.signal]
    if (again) {
      const peer = await this.#available(method, Number.POSITIVE_INFINITY, true, signals)
      return { peer, options }
    }
    const deadline = this.#clock.now() + this.#allowance('stream', method, options)
    const peer = await this.#available(method, deadline, this.#mayWait(), signals)
    return { peer, options: withTimeout(options, deadline - this.#clock.now()) }
  }

  #mayWait(): boolean {
    return this.#options.whileDisconnected !== 'fail'
  }

  /** A peer that can be called: the one that there is, or the next if the call may wait for it. */
  async #available(
    method: string,
    deadline: number,
    mayWait: boolean,
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<Peer> {
    if (this.#peer?.state === 'open') return this.#peer
    if (!mayWait || this.#status.state === 'closed') throw this.#disconnected(method)
    const most = this.#options.calls ?? defaultLimits.calls
    if (this.#waiters.size >= most) {
      const why = `more than ${most} calls wait for a connection (limit calls)`
      throw this.#error('resource-exhausted', method, why)
    }
    return this.#waiters.wait(method, deadline - this.#clock.now(), signals, {
      late: () => this.#disconnected(method, 'deadline-exceeded'),
      cancelled: (cause) => this.#error('cancelled', method, 'cancelled before it was sent', cause),
    })
  }

  #allowance(kind: 'call' | 'stream', method: string, options: CallOptions | undefined): number {
    try {
      return allowance(kind, options, this.#callMs)
    } catch (error) {
      throw this.#error('invalid-argument', method, toError(error).message, error)
    }
  }

  #disconnected(method: string, code = 'unavailable'): TielineError {
    const status = this.#status
    const cause = 'error' in status ? status.error : undefined
    const what = status.state === 'closed' ? 'the client is closed' : 'no connection'
    return this.#error(code, method, cause ? `${what}: ${cause.message}` : what, cause)
  }

  #error(code: string, method: string, why: string, cause?: unknown): TielineError {
    const { endpoint } = this.#options
    const origin = code === 'unavailable' ? 'channel' : 'local'
    const details = { origin, method, endpoint, sent: 'no', cause } as const
    return new TielineError(code, `${method} at ${inMessage(endpoint)}: ${why}`, details)
  }

  /** The call failed with its connection, and no byte of it was sent: another connection may have it. */
  #maySendAgain(error: unknown, options: CallOptions | undefined): boolean {
    if (!isTielineError(error) || error.sent !== 'no' || this.#status.state === 'closed') {
      return false
    }
    // Items that were begun cannot be begun again.
    if (options?.items !== undefined) return false
    return error.code === 'connection-lost' || error.code === 'unavailable'
  }

  /** The connection went, or its server is going: not the stream's own failure. */
  #isLost(peer: Peer, error: unknown): boolean {
    if (!isTielineError(error) || peer.state === 'open' || this.#status.state === 'closed') {
      return false
    }
    return error.code === 'connection-lost' || error.code === 'unavailable'
  }

  async #attempt(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#tell({ state: 'connecting' })
    try {
      this.#adopt(await this.#options.open(this.#closing.signal))
    } catch (error) {
      this.#lost(toError(error))
    }
  }

  #adopt(peer: Peer): void {
    if (this.#closing.signal.aborted) {
      peer.abort()
      return
    }
    this.#peer = peer
    const since = this.#clock.now()
    this.#tell({ state: 'connected', peer })
    this.#waiters.release(peer)
    // A server that says it is closing may have a successor already: dialled while this one finishes.
    const gone = this.#reconnects ? peer.draining : peer.closed
    void gone.then(async () => {
      if (this.#peer !== peer) return
      this.#peer = undefined
      this.#leave(peer)
      this.#backoff.stood(this.#clock.now() - since)
      const why = peer.state === 'closed' ? await peer.closed : undefined
      const ended = why ? 'the other side closed the connection' : 'the other side is closing'
      this.#lost(why?.error ?? new TielineError('connection-lost', ended, { origin: 'channel' }))
    })
  }

  #leave(peer: Peer): void {
    this.#leaving.add(peer)
    void peer.closed.then(() => this.#leaving.delete(peer))
  }

  #lost(error: Error): void {
    if (this.#closing.signal.aborted) return
    if (!this.#reconnects) {
      this.#finish(error)
      return
    }
    const retryInMs = this.#backoff.next()
    this.#retry = this.#clock.after(retryInMs, () => void this.#attempt())
    this.#holdRetry()
    this.#tell({ state: 'waiting', error, retryInMs })
  }

  #holdRetry(): void {
    this.#retry?.hold(this.#options.hold !== false || this.#waiters.size > 0)
  }

  #finish(error?: Error): void {
    if (this.#closing.signal.aborted) return
    if (this.#peer) this.#leave(this.#peer)
    this.#peer = undefined
    this.#retry?.cancel()
    this.#status = error ? { state: 'closed', error } : { state: 'closed' }
    this.#closing.abort(error)
    this.#tell(this.#status)
    this.#waiters.refuse((method) => this.#disconnected(method))
  }

  #tell(status: ConnectionStatus): void {
    this.#status = status
    for (const watcher of this.#watchers) outside(() => watcher(status))
  }
}

/** Runs what the application gave. Its fault must not become the connector's; it must not be silent either. */
function outside(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
