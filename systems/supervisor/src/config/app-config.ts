// What an app is: its configuration, read from the original's JSON form, every field checked, every
// default filled in.
import { constants } from 'node:os'
import { appId } from '../domain/app-id.js'
import { invalidConfig } from '../domain/errors.js'
import { Fields } from './fields.js'
import { type HealthCheck, readHealthCheck } from './health-check.js'

export const RESTART_POLICIES = ['no', 'always', 'on-failure', 'unless-stopped'] as const
export type RestartPolicy = (typeof RESTART_POLICIES)[number]

export interface BackoffConfig {
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly multiplier: number
  /** Share of the delay that chance may add or take. */
  readonly jitter: number
  /** Undefined: it is tried for ever. */
  readonly maxAttempts?: number
  readonly exhaustedAction: 'stop' | 'remove'
}

/** A configuration as in bunctl.json: relative paths made absolute, not checked. */
export type RawConfig = Readonly<Record<string, unknown>>

/** Times in milliseconds, sizes in bytes. Plain data: it is kept on disk as it is. */
export interface AppConfig {
  readonly id: string
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Undefined: the home of the daemon's user. */
  readonly cwd?: string
  readonly env: Readonly<Record<string, string>>
  readonly envFiles: readonly string[]
  readonly autoStart: boolean
  readonly restartPolicy: RestartPolicy
  readonly maxMemory?: number
  /** 100 is one core. */
  readonly maxCpuPercent?: number
  readonly uid?: number
  readonly gid?: number
  readonly stdoutLog?: string
  readonly stderrLog?: string
  readonly combinedLog?: string
  readonly logMaxSize: number
  readonly logMaxFiles: number
  readonly healthCheck?: HealthCheck
  readonly stopSignal: NodeJS.Signals
  readonly stopTimeoutMs: number
  readonly killTimeoutMs: number
  readonly backoff: BackoffConfig
}

const LARGEST_ID = 0xffff_fffe

/** Reads a configuration. Throws `invalid-config` with one line that names the field. */
export function readAppConfig(value: unknown): AppConfig {
  const fields = new Fields(value, 'an app')
  const name = fields.requiredText('name')
  const command = fields.requiredText('command')
  const restartPolicy = fields.oneOf('restart_policy', RESTART_POLICIES) ?? 'on-failure'
  const healthCheck = fields.any('health_check')
  const config: AppConfig = {
    id: appId(name),
    name,
    command,
    args: fields.texts('args') ?? [],
    ...given('cwd', fields.path('cwd')),
    env: fields.textMap('env') ?? {},
    envFiles: fields.paths('env_file') ?? [],
    autoStart: fields.flag('auto_start') ?? false,
    restartPolicy,
    ...given('maxMemory', fields.size('max_memory')),
    ...given('maxCpuPercent', fields.number('max_cpu_percent', 0.1)),
    ...given('uid', fields.integer('uid', 0, LARGEST_ID)),
    ...given('gid', fields.integer('gid', 0, LARGEST_ID)),
    ...given('stdoutLog', fields.path('stdout_log')),
    ...given('stderrLog', fields.path('stderr_log')),
    ...given('combinedLog', fields.path('combined_log')),
    logMaxSize: fields.size('log_max_size') ?? 10 * 1024 * 1024,
    logMaxFiles: fields.integer('log_max_files', 1, 1000) ?? 10,
    ...given('healthCheck', healthCheck === undefined ? undefined : readHealthCheck(healthCheck)),
    stopSignal: readSignal(fields.text('stop_signal')),
    stopTimeoutMs: fields.duration('stop_timeout') ?? 10_000,
    killTimeoutMs: fields.duration('kill_timeout') ?? 5000,
    backoff: readBackoff(fields.any('backoff')),
  }
  fields.end()
  return config
}

/** Left out when it is undefined: what is kept on disk and compared has no empty fields. */
function given<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T })
}

function readSignal(text: string | undefined): NodeJS.Signals {
  if (text === undefined) return 'SIGTERM'
  const upper = text.toUpperCase()
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
  if (Object.hasOwn(constants.signals, name)) return name as NodeJS.Signals
  throw invalidConfig(`stop_signal of an app must be a signal such as SIGTERM, not ${text}`)
}

function readBackoff(value: unknown): BackoffConfig {
  const fields = new Fields(value ?? {}, 'backoff')
  const baseDelayMs = fields.number('base_delay_ms', 0) ?? 100
  const backoff: BackoffConfig = {
    baseDelayMs,
    // A base above the usual most is meant: then every delay is the base.
    maxDelayMs: fields.number('max_delay_ms', 0) ?? Math.max(30_000, baseDelayMs),
    multiplier: fields.number('multiplier', 1, 1000) ?? 2,
    jitter: fields.number('jitter', 0, 1) ?? 0.3,
    ...given('maxAttempts', fields.integer('max_attempts', 0)),
    exhaustedAction: fields.oneOf('exhausted_action', ['stop', 'remove'] as const) ?? 'stop',
  }
  fields.end()
  return backoff
}
