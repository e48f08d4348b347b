// What an app's process is given: its environment, and the mark by which it is known again.
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { AppConfig } from '../config/app-config.js'

/** Names the app that a process belongs to. */
const APP = 'SUPERCTL_APP'
/** Names one run of it, so that its processes are found again when their pid was never written down. */
const RUN = 'SUPERCTL_RUN'

export function runMark(token: string): string {
  return `${RUN}=${token}`
}

/**
 * The daemon's own environment, then the files', then the configuration's. Throws what reading a
 * file throws.
 */
export function appEnvironment(config: AppConfig, token: string): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('SUPERCTL_')) env[name] = value
  }
  for (const path of config.envFiles) Object.assign(env, parseEnv(readFileSync(path, 'utf8')))
  return { ...env, ...config.env, [APP]: config.id, [RUN]: token }
}

const SECRET = /secret|token|passw|passphrase|credential|auth|(^|_)key|key$|private|dsn/i

/** The configured environment without what looks like a secret, for a status. */
export function shownEnvironment(
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !SECRET.test(name) && !hasLogin(value)),
  )
}

/** `postgres://user:password@host/` */
function hasLogin(value: string): boolean {
  return /:\/\/[^/\s]*:[^/\s]*@/.test(value)
}
