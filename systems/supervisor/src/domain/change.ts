// What a new configuration changes, and what became of it.
import { isDeepStrictEqual } from 'node:util'
import type { AppConfig } from '../config/app-config.js'

export interface Change {
  readonly id: string
  /** `updated`: in place, without a restart. */
  readonly action: 'started' | 'restarted' | 'updated' | 'unchanged' | 'failed'
  readonly error?: string
}

/** What a process is given when it starts. The rest can be changed while it runs. */
const GIVEN_AT_START = ['command', 'args', 'cwd', 'env', 'envFiles', 'uid', 'gid'] as const

export function sameConfig(a: AppConfig, b: AppConfig): boolean {
  return isDeepStrictEqual(a, b)
}

export function needsRestart(a: AppConfig, b: AppConfig): boolean {
  return GIVEN_AT_START.some((field) => !isDeepStrictEqual(a[field], b[field]))
}
