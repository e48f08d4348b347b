// How to find out whether an app that runs also works: what is asked, how often, and how many
// failures in a row are too many.
import { invalidConfig } from '../domain/errors.js'
import { Fields } from './fields.js'

export type CheckType =
  /** Healthy: it answers with that status; without one, with any from 200 to 399. */
  | { readonly type: 'http'; readonly url: string; readonly expectedStatus?: number }
  /** Healthy: it accepts a connection. */
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  /** Healthy: the program ends with 0. It runs with the app's environment and directory. */
  | { readonly type: 'exec'; readonly command: string; readonly args: readonly string[] }

export interface HealthCheck {
  readonly check: CheckType
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Failures in a row that make the app unhealthy: it is restarted. */
  readonly retries: number
  /** Time after the start in which failures do not count. */
  readonly startPeriodMs: number
}

export function readHealthCheck(value: unknown): HealthCheck {
  const fields = new Fields(value, 'health_check')
  const check = readCheck(fields.any('check_type'))
  const health: HealthCheck = {
    check,
    intervalMs: Math.max(10, fields.duration('interval') ?? 30_000),
    timeoutMs: Math.max(1, fields.duration('timeout') ?? 5000),
    retries: fields.integer('retries', 1, 1000) ?? 3,
    startPeriodMs: fields.duration('start_period') ?? 0,
  }
  fields.end()
  return health
}

/** `{"http": {"url": …}}` as the original writes variants, or `{"type": "http", "url": …}`. */
function readCheck(value: unknown): CheckType {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badCheck()
  const { type, ...rest } = value as Record<string, unknown>
  if (typeof type === 'string') return readVariant(type, rest)
  const [entry, ...others] = Object.entries(rest)
  if (entry === undefined || others.length > 0) throw badCheck()
  return readVariant(entry[0], entry[1])
}

function badCheck() {
  return invalidConfig(
    'check_type of health_check must be {"http": {"url"}}, {"tcp": {"host", "port"}} or {"exec": {"command", "args"}}',
  )
}

function readVariant(type: string, value: unknown): CheckType {
  const fields = new Fields(value, `the ${type.slice(0, 20)} check`)
  const check = variant(type.toLowerCase(), fields)
  fields.end()
  return check
}

function variant(type: string, fields: Fields): CheckType {
  switch (type) {
    case 'http': {
      const url = fields.requiredText('url')
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
        throw invalidConfig('url of the http check must be an http: or https: URL')
      }
      const expectedStatus = fields.integer('expected_status', 100, 599)
      return { type, url, ...(expectedStatus === undefined ? {} : { expectedStatus }) }
    }
    case 'tcp': {
      const port = fields.integer('port', 1, 65_535)
      if (port === undefined) throw invalidConfig('the tcp check needs a port')
      return { type, host: fields.text('host') ?? '127.0.0.1', port }
    }
    case 'exec':
      return { type, command: fields.requiredText('command'), args: fields.texts('args') ?? [] }
    default:
      throw badCheck()
  }
}
