// Waiting that a signal ends early.
import type { Clock } from 'tieline'

/** Resolves after `ms`, or as soon as the signal fires. Leaves neither timer nor listener behind. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(ms, done)
    // Somebody waits for this: the process must live until it is over.
    timer.hold(true)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Resolves when one of the signals has fired. */
export function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  return untilFirst(signals, (first) => {
    if (first.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      first.addEventListener('abort', () => resolve(), { once: true })
    })
  })
}

/**
 * Runs with a signal that fires with the first of these, and for its reason, and leaves no listener
 * behind. Not AbortSignal.any: in Node 20 its signals are held so weakly that the collector may take
 * one that somebody waits for, and each leaves something behind with those it was made of.
 */
export async function untilFirst<T>(
  signals: readonly AbortSignal[],
  run: (first: AbortSignal) => Promise<T>,
): Promise<T> {
  const first = new AbortController()
  const leave = signals.map((signal) => {
    const fire = () => first.abort(signal.reason)
    signal.addEventListener('abort', fire, { once: true })
    if (signal.aborted) fire()
    return () => signal.removeEventListener('abort', fire)
  })
  try {
    return await run(first.signal)
  } finally {
    for (const each of leave) each()
  }
}
