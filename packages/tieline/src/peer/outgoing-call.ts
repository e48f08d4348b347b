// One call of this side, from its request to its one settlement.
import type { StreamReader } from './stream-reader.js'
import type { StreamWriter } from './stream-writer.js'

export type Resolve = (value: unknown) => void
/** `deadline`: of a call that was made, the moment at which it would have been given up. */
export type Reject = (error: Error, deadline?: number) => void

export class OutgoingCall {
  readonly side = 'caller'
  readonly id: number
  readonly kind: 'call' | 'stream'
  readonly method: string
  readonly resolve: Resolve
  readonly reject: Reject
  /** Of a stream. */
  readonly reader: StreamReader | undefined
  /** The moment at which it is given up, or Infinity. A stream has none once it has begun. */
  deadline: number
  /** Of a call that streams items along. */
  writer: StreamWriter | undefined
  /** Takes its listeners off the signals of its options. */
  unlisten: (() => void) | undefined
  /** The other side wanted items, has none to get, and knows it. */
  toldEnd = false
  /** The outbox's count before this call: when more was handed over, it may have been sent. */
  writtenBefore = 0
  startedAt = 0

  constructor(
    id: number,
    kind: 'call' | 'stream',
    method: string,
    deadline: number,
    resolve: Resolve,
    reject: Reject,
    reader: StreamReader | undefined,
  ) {
    this.id = id
    this.kind = kind
    this.method = method
    this.deadline = deadline
    this.resolve = resolve
    this.reject = reject
    this.reader = reader
  }

  /** `cancelled` is told when one of the signals fires, until `unlisten`. */
  listen(
    signal: AbortSignal | undefined,
    outer: AbortSignal | undefined,
    cancelled: (cause: unknown) => void,
  ): void {
    const cancel = ({ target }: Event): void => cancelled((target as AbortSignal).reason)
    signal?.addEventListener('abort', cancel, { once: true })
    outer?.addEventListener('abort', cancel, { once: true })
    this.unlisten = () => {
      signal?.removeEventListener('abort', cancel)
      outer?.removeEventListener('abort', cancel)
    }
  }
}
