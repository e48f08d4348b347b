// Asks an app again and again whether it works, until it is told to stop.
import { spawn } from 'node:child_process'
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import type { AppConfig } from '../config/app-config.js'
import type { CheckType, HealthCheck } from '../config/health-check.js'
import { reasonOf } from '../domain/errors.js'
import { appEnvironment } from './app-environment.js'

export interface HealthHooks {
  /** A check failed that counts: why, and how many in a row. */
  failed(reason: string, failures: number): void
  /** As many in a row as are too many. It is not asked any more. */
  unhealthy(reason: string): void
}

export class HealthWatch {
  readonly #config: AppConfig
  readonly #health: HealthCheck
  readonly #hooks: HealthHooks
  readonly #stop = new AbortController()
  readonly #countsFrom: number
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #answered = false

  constructor(config: AppConfig, health: HealthCheck, hooks: HealthHooks) {
    this.#config = config
    this.#health = health
    this.#hooks = hooks
    this.#countsFrom = performance.now() + health.startPeriodMs
    this.#schedule()
  }

  /** Undefined before the first answer. */
  get healthy(): boolean | undefined {
    return this.#answered ? this.#failures === 0 : undefined
  }

  stop(): void {
    this.#stop.abort()
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#ask(), this.#health.intervalMs).unref()
  }

  async #ask(): Promise<void> {
    const { signal } = this.#stop
    const { check, timeoutMs, retries } = this.#health
    const reason = await problemWith(check, this.#config, timeoutMs, signal)
    if (signal.aborted) return
    if (reason === undefined) {
      this.#answered = true
      this.#failures = 0
    } else if (this.#answered || performance.now() >= this.#countsFrom) {
      // In the start period failures do not count until it has worked once.
      this.#answered = true
      this.#failures++
      this.#hooks.failed(reason, this.#failures)
      if (this.#failures >= retries) {
        this.stop()
        this.#hooks.unhealthy(reason)
        return
      }
    }
    this.#schedule()
  }
}

/** Undefined when all is well. Never rejects. */
async function problemWith(
  check: CheckType,
  config: AppConfig,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<string | undefined> {
  // Not AbortSignal.any and .timeout: in Node 20 the collector may take them before they fire.
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, timeoutMs)
  stop.addEventListener('abort', end, { once: true })
  try {
    await asked(check, config, over.signal)
    return undefined
  } catch (error) {
    return over.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error)
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', end)
  }
}

function asked(check: CheckType, config: AppConfig, signal: AbortSignal): Promise<void> {
  switch (check.type) {
    case 'http':
      return askHttp(check.url, check.expectedStatus, signal)
    case 'tcp':
      return askTcp(check.host, check.port, signal)
    case 'exec':
      return askProgram(check.command, check.args, config, signal)
  }
}

function askHttp(url: string, expected: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getHttps : getHttp
    const request = get(url, { signal, agent: false }, (response) => {
      response.destroy()
      const status = response.statusCode ?? 0
      const good = expected === undefined ? status >= 200 && status < 400 : status === expected
      if (good) resolve()
      else reject(new Error(`${url} answered ${status}`))
    })
    request.on('error', reject)
  })
}

function askTcp(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    signal.addEventListener('abort', () => fail(new Error('no answer')), { once: true })
    socket.on('error', fail)
    socket.on('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** In a group of its own, which is killed when it takes too long. */
function askProgram(
  command: string,
  args: readonly string[],
  config: AppConfig,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { uid, gid } = config
    // No mark of the run: this program is not the app.
    const { SUPERCTL_RUN: _, ...env } = appEnvironment(config, '')
    const child = spawn(command, args, {
      cwd: config.cwd ?? homedir(),
      env,
      detached: true,
      stdio: 'ignore',
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    signal.addEventListener('abort', kill, { once: true })
    child.on('error', reject)
    child.on('exit', (code, killedBy) => {
      signal.removeEventListener('abort', kill)
      if (code === 0) resolve()
      else reject(new Error(`${command} ended with ${code ?? killedBy}`))
    })
  })
}
