// What the parts of one peer share: its ways in and out, its bounds, its time, and how it tells what happens.
import type { Channel, CloseInfo } from '../channel/channel.js'
import type { Clock } from '../clock.js'
import type { Envelope } from '../dialect/envelope.js'
import { type ErrorDetails, inMessage, malformed, TielineError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Alarm } from './alarm.js'
import type { Inbox } from './inbox.js'
import {
  type CallEvent,
  type ConnectionInfo,
  type DropEvent,
  type EventName,
  type EventOf,
  type Told,
  tell,
  toldOf,
  watches,
  watchesFinished,
  watchesStarted,
} from './observe.js'
import type { Outbox } from './outbox.js'
import type { Terms } from './terms.js'

/** What `started` returns when nobody wants to know how long a call takes. */
const UNTIMED = -1

export class Connection {
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly alarm: Alarm
  readonly #terms: Terms
  readonly #remote: Told
  #dropped = 0

  constructor(inbox: Inbox, outbox: Outbox, alarm: Alarm, terms: Terms, remote: Channel['remote']) {
    this.inbox = inbox
    this.outbox = outbox
    this.alarm = alarm
    this.#terms = terms
    this.#remote = toldOf(remote, terms.observer)
  }

  get limits(): Limits {
    return this.#terms.limits
  }

  get clock(): Clock {
    return this.#terms.clock
  }

  /** Whether the dialect has a form for that kind of envelope. */
  can(kind: Envelope['kind']): boolean {
    return this.#terms.dialect.can[kind] === true
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
    const { endpoint } = this
    return endpoint === undefined ? '' : ` at ${inMessage(endpoint)}`
  }

  get endpoint(): string | undefined {
    return this.#remote.endpoint
  }

  error(code: string, message: string, details: ErrorDetails = {}): TielineError {
    const { endpoint } = this
    return new TielineError(
      code,
      message,
      endpoint === undefined ? details : { endpoint, ...details },
    )
  }

  unsupported(what: string, method: string): TielineError {
    const message = `${method}${this.at}: ${this.#terms.protocol.name} has no ${what}`
    return this.error('unsupported', message, { method, sent: 'no' })
  }

  opened(): void {
    this.#tell('opened', () => this.#named({}))
  }

  closed(why: CloseInfo): void {
    this.#tell('closed', () => this.#named({ why }))
  }

  /** Tells that a call began. Returns what `finished` wants to be given. */
  started(method: string, kind: CallEvent['kind'], side: CallEvent['side']): number {
    const { observer } = this.#terms
    if (watchesStarted(observer)) tell(observer, 'started', this.#named({ method, kind, side }))
    return watchesFinished(observer) ? this.clock.now() : UNTIMED
  }

  finished(
    call: Pick<CallEvent, 'method' | 'kind' | 'side'> & { readonly startedAt: number },
    code: string,
  ): void {
    if (call.startedAt === UNTIMED) return
    const { method, kind, side } = call
    const milliseconds = this.clock.now() - call.startedAt
    tell(this.#terms.observer, 'finished', this.#named({ method, kind, side, milliseconds, code }))
  }

  dropped(what: DropEvent['what']): void {
    const count = ++this.#dropped
    this.#tell('dropped', () => this.#named({ what, count }))
  }

  handlerFailed(method: string, error: unknown): void {
    this.#tell('handlerFailed', () => this.#named({ method, error }))
  }

  #tell<N extends EventName>(name: N, event: () => EventOf<N>): void {
    const { observer } = this.#terms
    if (watches(observer, name)) tell(observer, name, event())
  }

  /** An event about this connection. */
  #named<E extends object>(event: E): ConnectionInfo & E {
    const { endpoint, credentials } = this.#remote
    return { connection: this.inbox.number, endpoint, credentials, ...event }
  }
}
