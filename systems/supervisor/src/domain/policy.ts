// What an app's end means, and whether it is started again.
import type { AppConfig } from '../config/app-config.js'
import type { Exit } from '../processes/app-process.js'
import type { AppRecord } from './store.js'

/** Undefined for a good end. How an adopted process ended nobody knows: it counts as a failure. */
export function failureOf({ code, signal }: Exit, adopted: boolean): string | undefined {
  if (signal !== null) return `it was ended by ${signal}`
  if (code === 0) return undefined
  return code === null && adopted ? 'it ended, how is not known' : `it ended with exit code ${code}`
}

/** For an app that does not live when the daemon starts. */
export function startsWithDaemon(config: AppConfig, { wanted }: AppRecord): boolean {
  if (config.autoStart && config.restartPolicy !== 'unless-stopped') return true
  if (wanted === 'running') return config.autoStart || config.restartPolicy !== 'no'
  return config.restartPolicy === 'always'
}

/** For an app that has just ended by itself. */
export function restarts({ restartPolicy }: AppConfig, failed: boolean): boolean {
  return restartPolicy !== 'no' && (failed || restartPolicy !== 'on-failure')
}
