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

/** Resolves when the signal has fired. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
