// The one family of errors. An error is told apart by its `code` and a brand, never by
// `instanceof`: two copies of this package in one process still recognise each other's errors.

/** Where an error arose. */
export type ErrorOrigin =
  /** This side: bad arguments, a deadline, a cancel. */
  | 'local'
  /** The connection: refused, lost, in use, not permitted. */
  | 'channel'
  /** The bytes: malformed, too large, the wrong version. */
  | 'protocol'
  /** The other side's answer to a call. */
  | 'remote'

/** Codes that Tieline itself uses. A contract's declared errors add codes of their own. */
export type KnownCode =
  | 'invalid-argument'
  | 'invalid-endpoint'
  | 'connection-refused'
  | 'connection-lost'
  | 'endpoint-in-use'
  | 'permission-denied'
  | 'malformed'
  | 'too-large'
  | 'version-mismatch'
  | 'unknown-method'
  | 'unsupported'
  | 'deadline-exceeded'
  | 'cancelled'
  | 'resource-exhausted'
  | 'unavailable'
  | 'remote-error'
  | 'internal'

const BRAND = Symbol.for('tieline.error')

export interface ErrorDetails {
  origin?: ErrorOrigin
  /** The error that caused this one. It stays in this process and never crosses a wire. */
  cause?: unknown
  /** What a declared error carries, or the raw error value of a foreign dialect. Crosses the wire. */
  data?: unknown
  /** The method that was called. */
  method?: string
  /** The endpoint that was dialled or served. */
  endpoint?: string
  /**
   * For a call that has no answer: `no` = no byte of it was given to the system, so it is safe to
   * send again; `maybe` = the other side may have run it.
   */
  sent?: 'no' | 'maybe'
  /** A handler that throws this error wants the caller to see its code, message and data. See `fail`. */
  crosses?: boolean
}

/**
 * Every error that Tieline throws or rejects with. `message` is one line, fit to show to a user. Told
 * apart by its `code`, with `isTielineError`. Codes of Tieline's own, beside those that contracts declare:
 *
 * - `invalid-argument`, `invalid-endpoint`, `unsupported`: it cannot be meant so; nothing was done
 * - `connection-refused`, `permission-denied`, `endpoint-in-use`: there is no connection, or no listener
 * - `connection-lost`, `unavailable`: there was one and it has ended or is ending; see `sent`
 * - `malformed`, `too-large`, `version-mismatch`: what came was refused, and the connection with it
 * - `deadline-exceeded`, `cancelled`: it was given up
 * - `unknown-method`, `resource-exhausted`, `remote-error`, `internal`: the other side answered so
 */
export class TielineError extends Error {
  override readonly name = 'TielineError'
  readonly code: KnownCode | (string & {})
  /** `local`: this side. `channel`: the connection. `protocol`: the bytes. `remote`: the other side's answer. */
  readonly origin: ErrorOrigin
  /** What a declared error carries, or the raw error value of a foreign dialect. */
  readonly data: unknown
  /** The method that was called, where there was one. */
  readonly method: string | undefined
  /** The endpoint that was dialled or served, where there was one. */
  readonly endpoint: string | undefined
  /** Of a call without an answer: `no`, it is safe to send again; `maybe`, the other side may have run it. */
  readonly sent: 'no' | 'maybe' | undefined
  /** Whether a handler that throws it wants the caller to see it. See `fail`. */
  readonly crosses: boolean
  readonly [BRAND] = true as const

  constructor(code: KnownCode | (string & {}), message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.origin = details.origin ?? 'local'
    this.data = details.data
    this.method = details.method
    this.endpoint = details.endpoint
    this.sent = details.sent
    this.crosses = details.crosses ?? false
  }
}

/** True for an error of this family, and of that code when one is given. */
export function isTielineError(value: unknown, code?: string): value is TielineError {
  if (typeof value !== 'object' || value === null) return false
  const error = value as { [BRAND]?: unknown; code?: unknown }
  return error[BRAND] === true && (code === undefined || error.code === code)
}

/** A protocol error: what arrived cannot be read, or must not be. The connection ends with it. */
export function malformed(message: string, details: ErrorDetails = {}): TielineError {
  return new TielineError('malformed', message, { origin: 'protocol', ...details })
}

/** A frame, value or name is past a limit. `message` names the limit and its value. */
export function tooLarge(message: string, details: ErrorDetails = {}): TielineError {
  return new TielineError('too-large', message, { origin: 'protocol', ...details })
}

/**
 * The error a handler throws on purpose: code, message and data cross the wire as they are.
 * Anything else a handler throws, also an error it got from a call of its own, reaches the caller as
 * `internal` with its message hidden.
 */
export function fail(code: string, message: string, data?: unknown): TielineError {
  return new TielineError(code, message, { origin: 'remote', data, crosses: true })
}

/** An endpoint in front of a colon: `stdio`, which ends with one of its own. */
export function inMessage(endpoint: string): string {
  return endpoint.endsWith(':') ? endpoint.slice(0, -1) : endpoint
}

/** Any thrown value as an Error, so that a cause always has a message. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  try {
    return new Error(String(thrown))
  } catch {
    // An object that has no text: without a prototype, or with a toString that throws.
    return new Error('something without a text was thrown')
  }
}
