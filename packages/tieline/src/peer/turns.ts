// Whose turn it is among the connections of a thread: one that asks for more than is answered in a
// moment lets the others have theirs in between. A connection that is alone never waits.

/** Milliseconds for which one is answered while others wait. 0.05: about as long as a call alone takes. */
const TURN_MS = 0.05
/** Milliseconds without a sign of another connection after which there is nobody to wait for. */
const ALONE_MS = 100
/**
 * Bytes that are read in one go, whoever waits: some hundred and fifty small requests. A quarter of a
 * read of a socket, which a flood fills, and a client with a hundred calls in flight does not.
 */
export const WHOLE_BYTES = 16 * 1024
/** Bytes of more than that between two looks at the clock: some twenty small requests. */
export const LOOK_BYTES = 2048

type Later = (run: () => void) => unknown
// Only Node has turns that begin at once. A page has few connections, and none that floods it.
const setImmediate = (globalThis as { setImmediate?: Later }).setImmediate

let connections = 0
let last = 0
let otherAt = Number.NEGATIVE_INFINITY

/** A number for a connection, to be known by. */
export function nextConnection(): number {
  connections += 1
  return connections
}

/** Something came on a connection: whether others have been busy at the same time. */
export function crowded(connection: number, now: number): boolean {
  if (connection !== last) {
    last = connection
    otherAt = now
  }
  return now - otherAt < ALONE_MS && setImmediate !== undefined
}

/** Whether a turn that began at `since` is over. */
export function turnOver(since: number, now: number): boolean {
  return now - since >= TURN_MS
}

/** Runs it when the others have had their turn. */
export function later(run: () => void): void {
  setImmediate?.(run)
}
