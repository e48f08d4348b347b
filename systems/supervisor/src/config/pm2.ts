// PM2's form of an app, as in ecosystem.config.js, brought into ours. What has no counterpart here is
// refused, unless leaving it out changes nothing.
import { invalidConfig } from '../domain/errors.js'
import type { RawConfig } from './app-config.js'

/** Fields that ask for nothing we do differently. */
const IGNORED = new Set([
  'merge_logs',
  'combine_logs',
  'time',
  'log_date_format',
  'log_type',
  'source_map_support',
  'vizion',
  'pmx',
  'namespace',
  'ignore_watch',
  'watch_delay',
  'automation',
  'treekill',
  'windowsHide',
  'min_uptime',
  'listen_timeout',
  'append_env_to_name',
  'force',
])

/** Ours for each of theirs that only has another name. */
const RENAMED: Readonly<Record<string, string>> = {
  name: 'name',
  cwd: 'cwd',
  uid: 'uid',
  gid: 'gid',
  env: 'env',
  env_file: 'env_file',
  out_file: 'stdout_log',
  output: 'stdout_log',
  out: 'stdout_log',
  error_file: 'stderr_log',
  error: 'stderr_log',
  err: 'stderr_log',
  log_file: 'combined_log',
  log: 'combined_log',
  max_memory_restart: 'max_memory',
}

export function fromPm2(app: unknown): RawConfig {
  if (typeof app !== 'object' || app === null || Array.isArray(app)) {
    throw invalidConfig('an app must be an object')
  }
  const given = new Map(Object.entries(app))
  const take = (field: string): unknown => {
    const value = given.get(field)
    given.delete(field)
    return value ?? undefined
  }
  const made: Record<string, unknown> = { ...program(take), ...restarts(take) }
  for (const [field, value] of given) {
    const ours = Object.hasOwn(RENAMED, field) ? RENAMED[field] : undefined
    if (ours !== undefined) made[ours] = value
    else if (!isHarmless(field, value)) throw unsupported(field, value)
  }
  if (made['name'] === undefined) made['name'] = nameOf(made)
  return made
}

function program(take: (field: string) => unknown): Record<string, unknown> {
  const script = take('script')
  if (typeof script !== 'string') throw invalidConfig('an app needs a script')
  const interpreter = take('interpreter') ?? take('exec_interpreter')
  const before = words(take('interpreter_args') ?? take('node_args'), 'interpreter_args')
  const args = words(take('args'), 'args')
  if (interpreter === undefined && !/\.[cm]?[jt]s$/.test(script)) {
    return { command: script, args }
  }
  if (interpreter === 'none') return { command: script, args }
  const command = interpreter ?? 'node'
  return { command, args: [...before, script, ...args] }
}

function restarts(take: (field: string) => unknown): Record<string, unknown> {
  const autorestart = take('autorestart')
  const delay = take('restart_delay')
  const base = take('exp_backoff_restart_delay')
  const most = take('max_restarts')
  const kill = take('kill_timeout')
  const backoff: Record<string, unknown> = {
    ...(delay === undefined ? {} : { base_delay_ms: delay, multiplier: 1, jitter: 0 }),
    ...(base === undefined ? {} : { base_delay_ms: base, multiplier: 1.5, max_delay_ms: 15_000 }),
    ...(most === undefined ? {} : { max_attempts: most }),
  }
  return {
    // PM2 restarts whatever ends, unless it is told not to.
    restart_policy: autorestart === false ? 'no' : 'always',
    ...(Object.keys(backoff).length === 0 ? {} : { backoff }),
    // Theirs is in ms, or a text.
    ...(kill === undefined ? {} : { stop_timeout: typeof kill === 'number' ? kill / 1000 : kill }),
  }
}

/** A text is cut at spaces, as PM2 does; for arguments with spaces in them, a list. */
function words(value: unknown, field: string): string[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.map(String)
  if (typeof value === 'string') return value.split(/\s+/).filter((word) => word !== '')
  throw invalidConfig(`${field} of an app must be a text or a list of texts`)
}

function isHarmless(field: string, value: unknown): boolean {
  if (IGNORED.has(field) || value === undefined || value === null) return true
  if (field === 'instances') return value === 1 || value === '1'
  if (field === 'exec_mode') return value === 'fork' || value === 'fork_mode'
  if (field === 'watch' || field === 'wait_ready') return value === false
  // Environments for `--env NAME`, which is not asked for here.
  return field.startsWith('env_')
}

function unsupported(field: string, value: unknown) {
  const shown = JSON.stringify(value)?.slice(0, 40)
  if (field === 'instances' || field === 'exec_mode') {
    return invalidConfig(`${field} ${shown} is not supported: one process for each app`)
  }
  if (field === 'watch') return invalidConfig('watch is not supported: superctl watches no files')
  return invalidConfig(`an app has no field ${JSON.stringify(field.slice(0, 60))} (PM2's form)`)
}

function nameOf(made: Readonly<Record<string, unknown>>): string {
  const args = made['args'] as string[]
  const script = args.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? String(made['command'])
  return script.replace(/^.*\//, '').replace(/\.[cm]?[jt]s$/, '')
}
