// One call of the other side, as the service sees it. What most handlers never ask for is made when
// it is asked for.
import type { Metadata, Notify, Request } from '../dialect/envelope.js'
import type { Call, Caller } from './call.js'
import type { Connection } from './connection.js'
import type { StreamReader } from './stream-reader.js'
import type { StreamWriter } from './stream-writer.js'

const NO_META: Metadata = Object.freeze({})

/** What a call needs of the connection it came on. */
export interface CallHost {
  readonly connection: Connection
  readonly caller: Caller
  /** The connection is being closed, by either side. */
  readonly draining: boolean
  /** Reads what the caller streams in beside its params. */
  readerFor(call: IncomingCall): StreamReader
}

export class IncomingCall implements Call {
  readonly side = 'callee'
  readonly id: number
  readonly kind: Call['kind']
  readonly method: string
  readonly params: unknown
  readonly meta: Metadata
  readonly startedAt: number
  /** The moment until which the caller waits, or Infinity. */
  deadline: number
  /** For a stream: the bytes that may be sent at first. */
  readonly window: number
  reader: StreamReader | undefined
  writer: StreamWriter | undefined
  /** In the table of open calls. One that is answered at once never is. */
  open = false
  /** Answered, or nobody wants the answer any more. */
  settled = false
  readonly #host: CallHost
  #cancelled: AbortController | undefined
  #draining: AbortController | undefined
  #reason: Error | undefined

  constructor(host: CallHost, kind: Call['kind'], message: Request | Notify, deadline: number) {
    this.#host = host
    this.id = message.kind === 'request' ? message.id : 0
    this.window = message.kind === 'request' ? (message.window ?? 0) : 0
    this.kind = kind
    this.method = message.method
    this.params = message.params
    this.meta = message.meta ?? NO_META
    this.deadline = deadline
    this.startedAt = host.connection.started(message.method, kind, 'callee')
  }

  get peer(): Caller {
    return this.#host.caller
  }

  remaining(): number {
    return Math.max(0, this.deadline - this.#host.connection.clock.now())
  }

  get signal(): AbortSignal {
    this.#cancelled ??= new AbortController()
    if (this.#reason) this.#cancelled.abort(this.#reason)
    return this.#cancelled.signal
  }

  get draining(): AbortSignal {
    this.#draining ??= new AbortController()
    if (this.#host.draining) this.#draining.abort()
    return this.#draining.signal
  }

  get items(): AsyncIterable<unknown> {
    this.reader ??= this.#host.readerFor(this)
    return this.reader
  }

  /** The handler's work is not wanted any more. */
  cancel(reason: Error): void {
    this.#reason ??= reason
    this.#cancelled?.abort(reason)
  }

  /** A stream without an end of its own should end now. */
  drain(): void {
    this.#draining?.abort()
  }
}
