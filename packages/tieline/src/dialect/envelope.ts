// What two peers can say to each other, whatever the wire: a discriminated union on `kind`.

/** Short texts that travel beside a call: trace context, tokens, tenant names. */
export type Metadata = Readonly<Record<string, string>>

/** An error as it crosses a wire. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly data?: unknown
}

/** The contract a side serves, as told in the handshake. */
export interface ServedContract {
  readonly name: string
  readonly version: string
}

/** Asks for an answer, or for a stream of items. */
export interface Request {
  readonly kind: 'request'
  /** Unique among the requests that the sender has open. From 1. */
  readonly id: number
  readonly method: string
  readonly params: unknown
  /** The caller wants items, and lets this many bytes of them come before it grants more. */
  readonly window: number | undefined
  /** Remaining milliseconds until the caller gives up. */
  readonly timeout: number | undefined
  readonly meta: Metadata | undefined
}
/** A call's answer. There is one result or one failure for each request. */
export interface Result {
  readonly kind: 'result'
  readonly id: number
  readonly value: unknown
}
/** A call's error, in place of a result. */
export interface Failure {
  readonly kind: 'error'
  readonly id: number
  readonly error: WireError
}
/** A message that wants no answer. */
export interface Notify {
  readonly kind: 'notify'
  readonly method: string
  readonly params: unknown
  readonly meta: Metadata | undefined
}
/** Which side of a call says it: items and credits go both ways on one call. */
export type Side = 'caller' | 'callee'
/** An item of the answer (from the callee) or of the caller's own stream (from the caller). */
export interface Item {
  readonly kind: 'item'
  readonly id: number
  readonly from: Side
  readonly value: unknown
}
/** No more items from that side. */
export interface End {
  readonly kind: 'end'
  readonly id: number
  readonly from: Side
}
/** The reader's grant: so many more bytes of item frames may come. `from` is the reader. */
export interface Credit {
  readonly kind: 'credit'
  readonly id: number
  readonly from: Side
  readonly bytes: number
}
/** The caller does not want the answer any more. */
export interface Cancel {
  readonly kind: 'cancel'
  readonly id: number
}
/**
 * The first word of each side, where the dialect has one: the version, and what is served and
 * expected.
 */
export interface Hello {
  readonly kind: 'hello'
  /** Version of the dialect itself. A different major is refused. */
  readonly major: number
  readonly minor: number
  /** What this side serves, if anything. */
  readonly serves: ServedContract | undefined
  /** The contract this side expects the other to serve, if it cares. */
  readonly expects: ServedContract | undefined
}
/** No new requests, please: what is in flight will be finished. With an error: the connection ends now, and why. */
export interface Goaway {
  readonly kind: 'goaway'
  readonly error: WireError | undefined
}
/** Asks whether the other side is there. */
export interface Ping {
  readonly kind: 'ping'
  readonly token: number
}
/** Answers a ping. */
export interface Pong {
  readonly kind: 'pong'
  readonly token: number
}

/** All that two peers say to each other, whatever the dialect, told apart by `kind`. */
export type Envelope =
  | Request
  | Result
  | Failure
  | Notify
  | Item
  | End
  | Credit
  | Cancel
  | Hello
  | Goaway
  | Ping
  | Pong
