// The log of the server and of handler processes, unless one is given: a line for each event, on
// stderr, with the time, the level, the message and its fields. No payloads.
import type { HandlerLog } from './handler.js'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export interface LogOptions {
  /** The least that is written: 'info' unless told. */
  readonly level?: LogLevel
  /** Before each message: 'h3'. */
  readonly name?: string
  /** Where lines go. */
  readonly write?: (line: string) => void
}

export function lineLog(options: LogOptions = {}): HandlerLog {
  const { level = 'info', name } = options
  const write = options.write ?? ((line: string) => process.stderr.write(line))
  const least = LEVELS.indexOf(level)
  const at = (each: LogLevel) => (fields: object, message: string) => {
    if (LEVELS.indexOf(each) < least) return
    const time = new Date().toISOString().slice(11, 23)
    const from = name === undefined ? '' : `${name} `
    write(
      `${time} ${each.padEnd(5)} ${from}${oneLine(message)}${fieldsText(fields)}\n${stackOf(fields)}`,
    )
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A log that writes nothing: for tests. */
export const silentLog: HandlerLog = lineLog({ level: 'error', write: () => {} })

function fieldsText(fields: object): string {
  return Object.entries(fields)
    .filter(([name, value]) => name !== 'err' && value !== undefined)
    .map(
      ([name, value]) =>
        ` ${name}=${oneLine(typeof value === 'string' ? value : JSON.stringify(value))}`,
    )
    .join('')
}

function stackOf(fields: object): string {
  const { err } = fields as { err?: unknown }
  if (err === undefined) return ''
  const text = err instanceof Error ? (err.stack ?? err.message) : String(err)
  return `${text.replace(/^/gm, '    ')}\n`
}

/** What was sent to us can not begin a line of its own, nor move the cursor. */
function oneLine(text: string | undefined): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
  return String(text).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')
}
