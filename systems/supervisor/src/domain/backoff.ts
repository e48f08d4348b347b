// How long to wait before the next restart.
import type { BackoffConfig } from '../config/app-config.js'

/**
 * Milliseconds before restart number `attempt`, from 0: base · multiplier^attempt, at most max, give
 * or take the jitter. `random`: from 0 to 1.
 */
export function backoffDelay(config: BackoffConfig, attempt: number, random: number): number {
  const { baseDelayMs, maxDelayMs, multiplier, jitter } = config
  const delay = Math.min(baseDelayMs * multiplier ** attempt, maxDelayMs)
  return Math.max(0, Math.round(delay * (1 + jitter * (2 * random - 1))))
}
