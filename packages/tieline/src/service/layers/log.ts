// The layer that writes one line for each call to a logger with pino's methods: which method, how
// long, how it went. Never params, answers, items, or texts that may quote them.
import { type Clock, systemClock } from '../../clock.js'
import type { Layer } from '../layer.js'
import { codeOf, whenOver } from '../outcome.js'
import { shortLine } from '../schema.js'

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** The part of a logger that Tieline uses. A pino logger is one. */
export interface Logger {
  /** `log` tells here what was answered. */
  readonly debug: Write
  readonly info: Write
  /** What was refused, as was meant, and the listener's trouble. */
  readonly warn: Write
  /** What a handler threw by mistake. */
  readonly error: Write
}

/** What `log` takes beside the logger. */
export interface LogOptions {
  readonly clock?: Clock
}

/** Characters of a foreign method name in a log line. */
const NAME_CHARACTERS = 100
/** Causes of a cause that are logged. 4: real chains are shorter, and a ring ends. */
const CAUSES = 4

/**
 * Logs each call when it is over: `debug` when it answered, `warn` with the code when it was
 * refused on purpose, `error` with the hidden cause when the handler failed. A message made for the
 * caller is not logged, for it may quote the params; an unexpected error's message and stack are.
 */
export function log(logger: Logger, options: LogOptions = {}): Layer {
  const clock = options.clock ?? systemClock
  return (next) => (call) => {
    const started = clock.now()
    return whenOver(next, call, (failure) => {
      const method = shortLine(call.method, NAME_CHARACTERS)
      const ms = Math.round((clock.now() - started) * 1000) / 1000
      const line = { method, kind: call.kind, ms }
      try {
        if (failure === undefined) {
          logger.debug(line, `${method} answered`)
          return
        }
        const code = codeOf(failure, call)
        if (code === 'internal') {
          const err = printable(failure.error, CAUSES)
          logger.error({ ...line, code, err }, `${method} failed`)
        } else {
          logger.warn({ ...line, code }, `${method} refused: ${code}`)
        }
      } catch {
        // A logger that throws must not change what the caller is answered.
      }
    })
  }
}

/** An error's own words only: loggers print every field of an Error, and `data` is payload. */
function printable(thrown: unknown, causes: number): Readonly<Record<string, unknown>> {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: 'not an Error was thrown' }
  const { name: type, message, stack } = thrown
  const code = (thrown as { code?: unknown }).code
  return {
    type,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(thrown.cause === undefined || causes === 0
      ? {}
      : { cause: printable(thrown.cause, causes - 1) }),
  }
}
