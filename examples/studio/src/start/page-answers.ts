// Waits until the page is there: the bridge listens before handlers have joined it.
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two attempts. */
const AGAIN_MS = 100
/** Milliseconds for all of them. 20 s: a busy machine takes its time. */
const PATIENCE_MS = 20_000

/** Whether the page and its script can be had, in time and before the signal fires. */
export async function pageAnswers(origin: string, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS
  while (!signal.aborted && performance.now() < deadline) {
    try {
      const response = await fetch(origin, { signal })
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(await response.text())?.[1]
      if (response.ok && script && (await fetch(origin + script, { signal })).ok) return true
    } catch {
      // Not yet there.
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
  return false
}
