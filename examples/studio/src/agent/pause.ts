// Waiting that a signal ends early.
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves after that many milliseconds, or as soon as the signal fires. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Aborted: whoever waits looks at the signal.
  await sleep(ms, undefined, { signal }).catch(() => {})
}
