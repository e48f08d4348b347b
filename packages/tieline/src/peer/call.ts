// A call as the two sides see it: what a caller may ask, what a service is given, what a service is.
import type { Duration } from '../clock.js'
import type { Metadata } from '../dialect/envelope.js'

/** One incoming call, as a service sees it. */
export interface Call {
  readonly method: string
  readonly kind: 'call' | 'stream' | 'notify'
  /** As they came, until a layer has validated them. */
  readonly params: unknown
  /** What the caller sent beside the params; empty when nothing. */
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
  /** The answer. Rejects with the other side's error, `deadline-exceeded`, `cancelled` or `connection-lost`. */
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>
  /** Items as they come. Nothing is sent before the first `next`; leaving the loop cancels. */
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown>
  /** One way: nothing comes back. Throws where it cannot be sent. */
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void
}

/** What a caller may say of one call. */
export interface CallOptions {
  /** How long to wait for the answer; for a stream: for its first item or end. Milliseconds, or '2s'. */
  readonly timeout?: Duration
  /** Cancels the call, on the other side too, and rejects it with `cancelled`. */
  readonly signal?: AbortSignal
  /** Short texts that travel beside the params, such as a trace's id. Dialects without a form for them leave them out. */
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
