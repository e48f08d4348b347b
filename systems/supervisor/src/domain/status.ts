// What is told of an app when somebody asks: the original's fields, and a few of ours.
import type { AppConfig } from '../config/app-config.js'
import { shownEnvironment } from '../processes/app-environment.js'
import type { Usage } from '../processes/usage.js'
import type { AppState } from './events.js'

export interface AppStatus {
  readonly name: string
  readonly state: AppState
  readonly pid: number | null
  readonly restarts: number
  readonly auto_start: boolean
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | null
  readonly restart_policy: string
  readonly last_exit_code: number | null
  readonly uptime_seconds: number | null
  readonly max_memory: number | null
  readonly max_cpu_percent: number | null
  readonly max_restart_attempts: number | null
  readonly backoff_exhausted: boolean
  /** Without what looks like a secret. */
  readonly env: Readonly<Record<string, string>>
  readonly memory_bytes: number | null
  readonly cpu_percent: number | null
  /** Ours: null without a health check, and before its first answer. */
  readonly healthy: boolean | null
  /** Ours: milliseconds until the restart that it waits for. */
  readonly restart_in_ms: number | null
  readonly stdout_log: string
  readonly stderr_log: string
}

export interface StatusParts {
  readonly config: AppConfig
  readonly state: AppState
  readonly restarts: number
  readonly lastExitCode: number | null
  readonly run: { readonly pid: number; readonly startedAt: number } | undefined
  readonly usage: Usage | undefined
  readonly healthy: boolean | undefined
  readonly restartInMs: number | undefined
  readonly logs: { readonly stdout: string; readonly stderr: string }
}

export function statusOf(parts: StatusParts): AppStatus {
  const { config, state, run, usage, logs } = parts
  return {
    name: config.id,
    state,
    pid: run?.pid ?? null,
    restarts: parts.restarts,
    auto_start: config.autoStart,
    command: config.command,
    args: config.args,
    cwd: config.cwd ?? null,
    restart_policy: config.restartPolicy,
    last_exit_code: parts.lastExitCode,
    uptime_seconds:
      run === undefined ? null : Math.max(0, Math.floor((Date.now() - run.startedAt) / 1000)),
    max_memory: config.maxMemory ?? null,
    max_cpu_percent: config.maxCpuPercent ?? null,
    max_restart_attempts: config.backoff.maxAttempts ?? null,
    backoff_exhausted: state === 'backoff_exhausted',
    env: shownEnvironment(config.env),
    memory_bytes: usage?.memoryBytes ?? null,
    cpu_percent: usage?.cpuPercent ?? null,
    healthy: parts.healthy ?? null,
    restart_in_ms: parts.restartInMs ?? null,
    stdout_log: logs.stdout,
    stderr_log: logs.stderr,
  }
}
