// Events between a driver and one reader, bounded. Updates that newer ones make worthless are
// replaced in place; of the others the oldest are dropped when the reader is too slow, and counted.
import { type DriverEvent, isUpdate, type UpdateEvent } from './events.js'
import type { PlayerId } from './types.js'

/** Empty places left alone beside as many as there are events. 32: squeezing fewer costs more than it gains. */
const SLACK = 32

/** A place in the queue. Undefined: its update was folded into a later place. */
interface Slot {
  event: DriverEvent | undefined
}

/** The waiting updates of one player: `state` stands before all the others. */
type Waiting = Map<string, Slot>

/**
 * An event stream. One reader; it ends when either side closes it. Waiting events are still read
 * after `finish`, and are dropped by `return`.
 */
export class EventQueue implements AsyncIterableIterator<DriverEvent>, AsyncDisposable {
  readonly #limit: number
  readonly #closed: () => void
  #slots: Slot[] = []
  #head = 0
  /** Slots that hold an event. */
  #count = 0
  readonly #waiting = new Map<PlayerId, Waiting>()
  #lost = 0
  #ended: { error?: Error } | undefined
  #readers: {
    resolve: (result: IteratorResult<DriverEvent>) => void
    reject: (error: Error) => void
  }[] = []

  /** `limit`: how many events wait at most. `closed` is called once, when the stream has ended. */
  constructor(limit: number, closed: () => void = () => {}) {
    this.#limit = limit
    this.#closed = closed
  }

  /** Events that wait to be read. */
  get length(): number {
    return this.#count
  }

  /** Ignored once the stream has ended. */
  push(event: DriverEvent): void {
    if (this.#ended) return
    const reader = this.#readers.shift()
    if (reader) {
      reader.resolve({ done: false, value: event })
      return
    }
    if (isUpdate(event)) this.#pushUpdate(event)
    else {
      // Updates after this event must not move before it.
      if ('player' in event) this.#waiting.delete(event.player)
      this.#append(event)
    }
  }

  next(): Promise<IteratorResult<DriverEvent>> {
    if (this.#lost > 0) {
      const lost = this.#lost
      this.#lost = 0
      return Promise.resolve({ done: false, value: { kind: 'events-lost', lost } })
    }
    const event = this.#take()
    if (event) return Promise.resolve({ done: false, value: event })
    if (this.#ended?.error) {
      const { error } = this.#ended
      this.#ended = {}
      return Promise.reject(error)
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }))
  }

  /** The reader leaves: what waits is dropped. */
  return(): Promise<IteratorResult<DriverEvent>> {
    this.#slots = []
    this.#head = 0
    this.#count = 0
    this.#lost = 0
    this.#waiting.clear()
    this.finish()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** The writer has no more: with an error, the reader is told of it after what waits. Idempotent. */
  finish(error?: Error): void {
    if (this.#ended) return
    const readers = this.#readers
    this.#readers = []
    this.#ended = error && readers.length === 0 ? { error } : {}
    for (const [index, reader] of readers.entries()) {
      if (error && index === 0) reader.reject(error)
      else reader.resolve({ done: true, value: undefined })
    }
    this.#closed()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #pushUpdate(event: UpdateEvent): void {
    let waiting = this.#waiting.get(event.player)
    if (!waiting) {
      waiting = new Map()
      this.#waiting.set(event.player, waiting)
    }
    const key = partOf(event)
    let slot = waiting.get(key)
    if (event.kind === 'state-updated') {
      // A whole state makes every part that waits worthless, and takes the first place of them.
      for (const part of waiting.values()) {
        slot ??= part
        if (part !== slot) this.#empty(part)
      }
      waiting.clear()
    }
    if (slot) slot.event = event
    else slot = this.#append(event)
    waiting.set(key, slot)
  }

  #append(event: DriverEvent): Slot {
    if (this.#count >= this.#limit) {
      const oldest = this.#take()
      // One that tells of a loss itself, further up: its loss must not be forgotten.
      this.#lost += oldest?.kind === 'events-lost' ? oldest.lost : 1
    }
    if (this.#slots.length - this.#head > 2 * this.#count + SLACK) this.#squeeze()
    const slot: Slot = { event }
    this.#slots.push(slot)
    this.#count += 1
    return slot
  }

  #empty(slot: Slot): void {
    slot.event = undefined
    this.#count -= 1
  }

  #take(): DriverEvent | undefined {
    while (this.#head < this.#slots.length) {
      const slot = this.#slots[this.#head] as Slot
      this.#head += 1
      this.#compact()
      const { event } = slot
      if (event === undefined) continue
      this.#count -= 1
      this.#forget(event, slot)
      return event
    }
    return undefined
  }

  #forget(event: DriverEvent, slot: Slot): void {
    if (!isUpdate(event)) return
    const waiting = this.#waiting.get(event.player)
    const key = partOf(event)
    if (waiting?.get(key) !== slot) return
    waiting.delete(key)
    if (waiting.size === 0) this.#waiting.delete(event.player)
  }

  /** Drops the empty places, which no read would reach while the reader sleeps. */
  #squeeze(): void {
    this.#slots = this.#slots.slice(this.#head).filter((slot) => slot.event !== undefined)
    this.#head = 0
  }

  /** Half of the array is read: give it back. Each slot is moved at most once on average. */
  #compact(): void {
    if (this.#head * 2 < this.#slots.length) return
    this.#slots = this.#slots.slice(this.#head)
    this.#head = 0
  }
}

function partOf(event: UpdateEvent): string {
  return event.kind === 'text-updated' ? `text ${event.field}` : event.kind
}
