// Events on their way to one subscriber: a batch, its answer, the next batch. What happens meanwhile
// waits in the queue, where newer updates replace older ones, so a slow client costs no more than that.
import type { Client } from 'tieline'
import type { EventQueue } from '../domain/event-queue.js'
import type { PlayerDriverClient } from '../ipc/contract.js'
import { writeEvent } from '../ipc/wire-events.js'
import { reasonOf } from './answers.js'

/** Events in one call. 64: many enough that a call each costs nothing, few enough to stay small. */
const BATCH = 64

export interface EventFeedOptions {
  readonly subscription: number
  readonly events: EventQueue
  readonly client: Client<typeof PlayerDriverClient>
  /** Milliseconds that the client has for each answer. */
  readonly answerMs: number
}

/** Runs until the stream ends, or until the client fails: then resolves to the reason, see `reasonOf`. */
export async function feedEvents(options: EventFeedOptions): Promise<string | undefined> {
  const { subscription, events, client, answerMs } = options
  for (;;) {
    const batch = await nextBatch(events)
    if (batch.length === 0) return undefined
    try {
      await client.player_events(
        { subscription, events: batch.map(writeEvent) },
        { timeout: answerMs },
      )
    } catch (error) {
      await events.return()
      return reasonOf(error, 'player_events', answerMs)
    }
  }
}

/** What waits, or the next one; none at the end of the stream. */
async function nextBatch(events: EventQueue) {
  const batch = []
  do {
    const next = await events.next()
    if (next.done) break
    batch.push(next.value)
  } while (events.length > 0 && batch.length < BATCH)
  return batch
}
