// The end of a connection in good order: waiting for the last calls, then for the last bytes, each
// until a deadline.
import type { Channel, CloseInfo } from '../channel/channel.js'
import type { Clock } from '../clock.js'
import type { TielineError } from '../errors.js'
import { type Deferred, deferred } from './deferred.js'
import type { Outbox } from './outbox.js'

/** How long a refusal may take to reach the other side before the channel is cut. */
export const LAST_WORDS_MS = 1000

/** Tells the other side why this one ends the connection, and nothing else after it. */
export function sayWhy(outbox: Outbox, { code, message }: TielineError): void {
  try {
    // Also where the dialect has no farewell: it may have a word for what was wrong.
    outbox.send({ kind: 'goaway', error: { code, message } })
  } catch {
    // The limits leave no room for last words: the other side sees the end without them.
  }
  outbox.flush()
}

/** Closes a channel in good order, or aborts it when that takes longer. */
export async function closeWithin(channel: Channel, clock: Clock, ms: number): Promise<void> {
  const late = new AbortController()
  const timer = clock.after(ms, () => late.abort())
  // The process must not exit before what is written has left.
  timer.hold(true)
  await channel.close({ signal: late.signal })
  timer.cancel()
}

/** How far the end of a conversation has come, and who waits for it. Made when it begins, or somebody asks. */
export class Leaving {
  readonly drains = new DrainWaiters()
  #begun = false
  #draining: Deferred<void> | undefined
  #ended: Deferred<CloseInfo> | undefined
  #why: CloseInfo | undefined

  /** See Peer.draining. */
  get draining(): Promise<void> {
    this.#draining ??= deferred()
    if (this.#begun) this.#draining.resolve()
    return this.#draining.promise
  }

  /** See Peer.closed. */
  get ended(): Promise<CloseInfo> {
    this.#ended ??= deferred()
    if (this.#why !== undefined) this.#ended.resolve(this.#why)
    return this.#ended.promise
  }

  /** No more calls can be made. */
  begin(): void {
    this.#begun = true
    this.#draining?.resolve()
  }

  /** The conversation is over. Called once. */
  end(why: CloseInfo): void {
    this.#why = why
    this.drains.release()
    this.begin()
    this.#ended?.resolve(why)
  }
}

/** Why everything is over. Made when somebody asks: most connections end while nobody waits. */
export type Reason = () => Error

/** Makes it once. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

interface Waiting {
  readonly deadline: number
  readonly done: () => void
}

const NOBODY: readonly Waiting[] = []

/** Those who wait until no call is open any more. */
export class DrainWaiters {
  #waiting = NOBODY

  wait(deadline: number, done: () => void): void {
    this.#waiting = [...this.#waiting, { deadline, done }]
  }

  /** Everything is finished, or over. */
  release(): void {
    const all = this.#waiting
    this.#waiting = NOBODY
    for (const { done } of all) done()
  }

  /** Lets go of those whose deadline has passed. Returns the next deadline. */
  expire(now: number): number {
    if (this.#waiting.length === 0) return Number.POSITIVE_INFINITY
    const due = this.#waiting.filter(({ deadline }) => deadline <= now)
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    for (const { done } of due) done()
    return Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.map(({ deadline }) => deadline))
  }
}
