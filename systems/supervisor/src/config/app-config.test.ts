import { expect, it } from 'vitest'
import { readAppConfig } from './app-config.js'

const read = (fields: object) => readAppConfig({ name: 'web', command: 'node', ...fields })

it('fills in the defaults of the original', () => {
  expect(read({})).toEqual({
    id: 'web',
    name: 'web',
    command: 'node',
    args: [],
    env: {},
    envFiles: [],
    autoStart: false,
    restartPolicy: 'on-failure',
    logMaxSize: 10_485_760,
    logMaxFiles: 10,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    killTimeoutMs: 5000,
    backoff: {
      baseDelayMs: 100,
      maxDelayMs: 30_000,
      multiplier: 2,
      jitter: 0.3,
      exhaustedAction: 'stop',
    },
  })
})

it('reads every field', () => {
  const config = read({
    args: ['a b', ''],
    cwd: '/srv',
    env: { PORT: 8080, DEBUG: true, NAME: 'x' },
    env_file: '/srv/.env',
    auto_start: true,
    restart_policy: 'unless-stopped',
    max_memory: '100M',
    max_cpu_percent: 50,
    uid: 33,
    gid: 33,
    stdout_log: '/l/out',
    stderr_log: '/l/err',
    combined_log: '/l/all',
    log_max_size: 1024,
    log_max_files: 3,
    health_check: {
      check_type: { http: { url: 'http://127.0.0.1:1/' } },
      interval: '1s',
      timeout: { secs: 2, nanos: 500_000_000 },
      retries: 5,
      start_period: 4,
    },
    stop_signal: 'int',
    stop_timeout: { secs: 3, nanos: 0 },
    kill_timeout: 1,
    backoff: {
      base_delay_ms: 1,
      max_delay_ms: 2,
      multiplier: 3,
      jitter: 0,
      max_attempts: 4,
      exhausted_action: 'remove',
    },
  })
  expect(config).toMatchObject({
    args: ['a b', ''],
    env: { PORT: '8080', DEBUG: 'true', NAME: 'x' },
    envFiles: ['/srv/.env'],
    autoStart: true,
    restartPolicy: 'unless-stopped',
    maxMemory: 104_857_600,
    maxCpuPercent: 50,
    uid: 33,
    healthCheck: { intervalMs: 1000, timeoutMs: 2500, retries: 5, startPeriodMs: 4000 },
    stopSignal: 'SIGINT',
    stopTimeoutMs: 3000,
    killTimeoutMs: 1000,
    backoff: {
      baseDelayMs: 1,
      maxDelayMs: 2,
      multiplier: 3,
      maxAttempts: 4,
      exhaustedAction: 'remove',
    },
  })
})

it.each([
  [{ check_type: { tcp: { port: 80 } } }, { type: 'tcp', host: '127.0.0.1', port: 80 }],
  [{ check_type: { type: 'exec', command: 'true' } }, { type: 'exec', command: 'true', args: [] }],
  [
    { check_type: { Http: { url: 'http://h/', expected_status: 204 } } },
    { type: 'http', url: 'http://h/', expectedStatus: 204 },
  ],
])('reads the health check %j', (health_check, check) => {
  expect(read({ health_check }).healthCheck?.check).toEqual(check)
})

it.each<[object, string]>([
  [{ comand: 'x' }, 'an app has no field "comand"; did you mean "command"?'],
  [{ stop_timout: 1 }, 'an app has no field "stop_timout"; did you mean "stop_timeout"?'],
  [{ zzz: 1 }, 'an app has no field "zzz"'],
  [{ command: '' }, 'an app needs a command'],
  [{ command: 'a\0b' }, 'command of an app must be a text without control characters'],
  [{ cwd: 'relative' }, "cwd of an app must be an absolute path without '..'"],
  [{ cwd: '/a/../b' }, "cwd of an app must be an absolute path without '..'"],
  [{ stdout_log: '/a\nb' }, "stdout_log of an app must be an absolute path without '..'"],
  [{ args: 'x' }, 'args of an app must be a list of texts without NUL'],
  [{ args: ['a\0'] }, 'args of an app must be a list of texts without NUL'],
  [
    { env: { 'A=B': 'x' } },
    'env of an app must be an object of texts, its names without = and NUL',
  ],
  [{ uid: -1 }, 'uid of an app must be an integer from 0 to 4294967294'],
  [
    { restart_policy: 'maybe' },
    'restart_policy of an app must be one of no, always, on-failure, unless-stopped',
  ],
  [
    { stop_signal: 'SIGNOPE' },
    'stop_signal of an app must be a signal such as SIGTERM, not SIGNOPE',
  ],
  [
    { stop_timeout: '10 parsecs' },
    "stop_timeout of an app must be a time: seconds, a text such as '10s', or {secs, nanos}",
  ],
  [{ max_memory: '10X' }, "max_memory of an app must be a size: bytes, or a text such as '100M'"],
  [{ backoff: { multiplyer: 2 } }, 'backoff has no field "multiplyer"; did you mean "multiplier"?'],
  [{ health_check: {} }, 'check_type of health_check must be {"http"'],
  [
    { health_check: { check_type: { http: { url: 'file:///x' } } } },
    'url of the http check must be',
  ],
])('refuses %j with one clear line', (fields, message) => {
  expect(() => read(fields)).toThrow(`Invalid config: ${message}`)
})

it('never makes an object with a __proto__ of its own', () => {
  const env = JSON.parse('{"__proto__": "x", "A": "b"}') as object
  expect(Object.keys(read({ env }).env)).toEqual(['A'])
})
