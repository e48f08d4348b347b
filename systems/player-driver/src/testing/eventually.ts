// Waiting in tests: for a condition, with a ceiling that says nothing of how long it may take.
import { vi } from 'vitest'

/** Tried again until it no longer throws. A machine that is busy with other tests takes its time. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 })
}
