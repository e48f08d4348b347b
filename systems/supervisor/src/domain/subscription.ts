// Events between the supervisor and one reader, bounded: a reader that is too slow loses the oldest,
// is told how many, and slows nobody.
import { type AppEvent, type EventFilter, matches, type SubscriberEvent } from './events.js'

/** Events that wait for one reader. 8,192 lines: a second of a busy log, and a few MiB at most. */
const MOST_EVENTS = 8192
/** Characters of log lines that wait for one reader. 4 Mi: fewer but longer lines. */
const MOST_CHARACTERS = 4 * 1024 * 1024
/** Events handed over at once. 512: past it one item would keep other answers waiting. */
const BATCH = 512
/** Characters of log lines handed over at once. 512 Ki: as bytes far below the largest message. */
const BATCH_CHARACTERS = 512 * 1024

export interface SubscriptionOptions {
  readonly mostEvents?: number
  readonly mostCharacters?: number
}

type Batch = readonly SubscriberEvent[]

/**
 * One reader's events, in batches of at least one. It ends when it is left or the supervisor closes;
 * what still waits is read first.
 */
export class Subscription implements AsyncIterableIterator<Batch> {
  readonly filter: EventFilter
  readonly #closed: (subscription: Subscription) => void
  readonly #mostEvents: number
  readonly #mostCharacters: number
  #events: AppEvent[] = []
  #head = 0
  #characters = 0
  #lost = 0
  #ended = false
  #waiting: ((result: IteratorResult<Batch>) => void) | undefined
  #handing = false

  constructor(
    filter: EventFilter,
    closed: (subscription: Subscription) => void,
    options: SubscriptionOptions = {},
  ) {
    this.filter = filter
    this.#closed = closed
    this.#mostEvents = options.mostEvents ?? MOST_EVENTS
    this.#mostCharacters = options.mostCharacters ?? MOST_CHARACTERS
  }

  /** Events that wait. */
  get waiting(): number {
    return this.#events.length - this.#head
  }

  push(event: AppEvent): void {
    if (this.#ended) return
    this.#events.push(event)
    this.#characters += charactersOf(event)
    while (this.waiting > this.#mostEvents || this.#characters > this.#mostCharacters) {
      if (this.waiting === 1) break
      this.#shift()
      this.#lost++
    }
    if (this.#waiting === undefined || this.#handing) return
    // Once a tick: what comes together is handed over together.
    this.#handing = true
    queueMicrotask(() => this.#hand())
  }

  next(): Promise<IteratorResult<Batch>> {
    const batch = this.#take()
    if (batch !== undefined) return Promise.resolve({ done: false, value: batch })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    // One reader: asked again before an answer, the first question gets none.
    this.#waiting?.({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  /** The reader leaves: what waits is dropped. */
  return(): Promise<IteratorResult<Batch>> {
    this.#events = []
    this.#head = 0
    this.#characters = 0
    this.#lost = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** No more events will come. Idempotent. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#closed(this)
    if (this.waiting > 0 && this.#handing) return
    this.#waiting?.({ done: true, value: undefined })
    this.#waiting = undefined
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #hand(): void {
    this.#handing = false
    const reader = this.#waiting
    if (reader === undefined) return
    const batch = this.#take()
    if (batch === undefined && !this.#ended) return
    this.#waiting = undefined
    reader(batch === undefined ? { done: true, value: undefined } : { done: false, value: batch })
  }

  #take(): Batch | undefined {
    if (this.waiting === 0) return undefined
    const batch: SubscriberEvent[] = []
    if (this.#lost > 0) {
      batch.push({ event_type: 'events_lost', data: { count: this.#lost } })
      this.#lost = 0
    }
    const most = this.#characters - BATCH_CHARACTERS
    for (let left = Math.min(BATCH, this.waiting); left > 0; left--) {
      batch.push(this.#shift())
      if (this.#characters < most) break
    }
    return batch
  }

  #shift(): AppEvent {
    const event = this.#events[this.#head++] as AppEvent
    this.#characters -= charactersOf(event)
    // Half of the list is used up: drop that half, which costs little for each event.
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    return event
  }
}

function charactersOf(event: AppEvent): number {
  return event.event_type === 'log_line' ? event.data.line.length : 0
}

/** Who wants to hear of what. */
export class Audience {
  readonly #subscriptions = new Set<Subscription>()
  readonly #options: SubscriptionOptions

  constructor(options: SubscriptionOptions = {}) {
    this.#options = options
  }

  get size(): number {
    return this.#subscriptions.size
  }

  subscribe(filter: EventFilter): Subscription {
    const leave = (subscription: Subscription) => this.#subscriptions.delete(subscription)
    const subscription = new Subscription(filter, leave, this.#options)
    this.#subscriptions.add(subscription)
    return subscription
  }

  tell(event: AppEvent): void {
    for (const subscription of this.#subscriptions) {
      if (matches(subscription.filter, event)) subscription.push(event)
    }
  }

  /** Whether anybody wants the log lines of that app: asked before events are made of them. */
  wantsLines(app: string): boolean {
    for (const { filter } of this.#subscriptions) {
      if (filter.kind !== 'status' && (filter.app === undefined || filter.app === app)) return true
    }
    return false
  }

  /** Every subscription ends, what waits is still read. */
  end(): void {
    for (const subscription of [...this.#subscriptions]) subscription.end()
  }
}
