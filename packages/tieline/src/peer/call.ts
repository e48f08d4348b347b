// A call as the two sides see it: what a caller may ask, what a service is given, what a service is.
import type { Duration } from '../clock.js'
import type { Metadata } from '../dialect/envelope.js'

/** One incoming call, as a service sees it. */
export interface Call {
  readonly method: string
  readonly kind: 'call' | 'stream' | 'notify'
  readonly params: unknown
  readonly meta: Metadata
  /** Fires when the caller cancels, its deadline passes or the connection is lost. Made when first asked for. */
  readonly signal: AbortSignal
  /** Fires when either side begins to close the connection: a stream without an end of its own should end now. */
  readonly draining: AbortSignal
  /** Milliseconds left until the caller's deadline; Infinity without one. */
  remaining(): number
  /** What the caller streams in beside its params. Empty when it streams nothing. */
  readonly items: AsyncIterable<unknown>
  /** The connection the call came on: call back over it. */
  readonly peer: Caller
}

/** What can be called: a peer, or a connector that finds the current one. */
export interface Caller {
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown>
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void
}

export interface CallOptions {
  /** How long to wait for the answer; for a stream: for its first item or end. Milliseconds, or '2s'. */
  readonly timeout?: Duration
  readonly signal?: AbortSignal
  readonly meta?: Metadata
  /** Streamed to the other side beside the params, as fast as it reads. */
  readonly items?: AsyncIterable<unknown> | Iterable<unknown>
  /** The incoming call on whose behalf this one is made: its deadline and its cancel apply here too. */
  readonly within?: Pick<Call, 'signal' | 'remaining'>
}

/**
 * Answers one call: a value or a promise of it for `call`, an AsyncIterable for `stream`. What it
 * throws crosses as an error: see `fail`.
 */
export type Service = (call: Call) => unknown
