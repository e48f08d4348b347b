// What the parts of one peer share: its ways in and out, its bounds, its time, and how it tells what happens.
import type { CloseInfo } from '../channel/channel.js'
import type { Clock } from '../clock.js'
import type { Dialect } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import { type ErrorDetails, malformed, TielineError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Alarm } from './alarm.js'
import type { Inbox } from './inbox.js'
import {
  type CallEvent,
  type ConnectionInfo,
  type DropEvent,
  type Observer,
  tell,
  watchesFinished,
  watchesStarted,
} from './observe.js'
import type { Outbox } from './outbox.js'

export interface ConnectionParts {
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly dialect: Dialect<unknown>
  /** The protocol's name, for messages. */
  readonly protocol: string
  readonly limits: Limits
  readonly clock: Clock
  readonly alarm: Alarm
  readonly info: ConnectionInfo
  readonly observer: Observer | undefined
}

/** What `started` returns when nobody wants to know how long a call takes. */
const UNTIMED = -1

export class Connection {
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly limits: Limits
  readonly clock: Clock
  readonly alarm: Alarm
  readonly info: ConnectionInfo
  readonly #parts: ConnectionParts
  #dropped = 0

  constructor(parts: ConnectionParts) {
    this.inbox = parts.inbox
    this.outbox = parts.outbox
    this.limits = parts.limits
    this.clock = parts.clock
    this.alarm = parts.alarm
    this.info = parts.info
    this.#parts = parts
  }

  /** Whether the dialect has a form for that kind of envelope. */
  can(kind: Envelope['kind']): boolean {
    return this.#parts.dialect.can[kind] === true
  }

  /** Sends an envelope if the dialect has a form for it. */
  sendIfCan(envelope: Envelope): void {
    if (this.can(envelope.kind)) this.outbox.send(envelope)
  }

  /**
   * An item came for a reader whose window is used up: the writer's fault, or, where the dialect has
   * no credits, the moment to read no more until the reader has caught up (`inbox.resume(reader)`).
   */
  overrun(reader: object, method: string): void {
    if (this.can('credit')) {
      throw malformed(`the items of ${method} ran past the window that was granted`)
    }
    this.inbox.pause(reader)
  }

  /** ' at local:name' for messages, or nothing where the endpoint is not known. */
  get at(): string {
    return this.info.endpoint === undefined ? '' : ` at ${this.info.endpoint}`
  }

  error(code: string, message: string, details: ErrorDetails = {}): TielineError {
    const { endpoint } = this.info
    return new TielineError(
      code,
      message,
      endpoint === undefined ? details : { endpoint, ...details },
    )
  }

  unsupported(what: string, method: string): TielineError {
    const message = `${method}${this.at}: ${this.#parts.protocol} has no ${what}`
    return this.error('unsupported', message, { method, sent: 'no' })
  }

  opened(): void {
    tell(this.#parts.observer, 'opened', this.info)
  }

  closed(why: CloseInfo): void {
    tell(this.#parts.observer, 'closed', { ...this.info, why })
  }

  /** Tells that a call began. Returns what `finished` wants to be given. */
  started(method: string, kind: CallEvent['kind'], side: CallEvent['side']): number {
    const { observer } = this.#parts
    if (watchesStarted(observer)) {
      tell(observer, 'started', { ...this.info, method, kind, side })
    }
    return watchesFinished(observer) ? this.clock.now() : UNTIMED
  }

  finished(
    call: Pick<CallEvent, 'method' | 'kind' | 'side'> & { readonly startedAt: number },
    code: string,
  ): void {
    if (call.startedAt === UNTIMED) return
    const { method, kind, side } = call
    const milliseconds = this.clock.now() - call.startedAt
    const event = { ...this.info, method, kind, side, milliseconds, code }
    tell(this.#parts.observer, 'finished', event)
  }

  dropped(what: DropEvent['what']): void {
    this.#dropped++
    tell(this.#parts.observer, 'dropped', { ...this.info, what, count: this.#dropped })
  }

  handlerFailed(method: string, error: unknown): void {
    tell(this.#parts.observer, 'handlerFailed', { ...this.info, method, error })
  }
}
