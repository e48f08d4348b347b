// The readers of a driver's events, and who may see what: a client sees the players of its own user.
import { EventQueue } from './event-queue.js'
import type { DriverEvent } from './events.js'
import type { Owner } from './players.js'

/** Root's id: the driver's own user on most machines, and the one who may look at everything. */
const ROOT_UID = 0

/**
 * True when the two are of one user, as far as the platform tells. Where it does not, the endpoint's
 * own permissions have already kept strangers out.
 */
export function sees(viewer: Owner, owner: Owner): boolean {
  if (viewer.uid === undefined || owner.uid === undefined) return true
  return viewer.uid === ROOT_UID || viewer.uid === owner.uid
}

export class Audience {
  readonly #readers = new Map<EventQueue, Owner>()

  /** A new stream for this viewer. `closed` is called once, when it has ended. */
  join(viewer: Owner, limit: number, closed: (queue: EventQueue) => void): EventQueue {
    const queue: EventQueue = new EventQueue(limit, () => {
      this.#readers.delete(queue)
      closed(queue)
    })
    this.#readers.set(queue, viewer)
    return queue
  }

  /** `owner`: whose player the event is about; null: everybody may know. */
  tell(event: DriverEvent, owner: Owner | null): void {
    for (const [queue, viewer] of this.#readers) {
      if (owner === null || sees(viewer, owner)) queue.push(event)
    }
  }
}
