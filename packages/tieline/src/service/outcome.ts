// How a call went, for layers that count, time or log: told once, whatever form the answer has.
import { isTielineError } from '../errors.js'
import type { Call, Service } from '../peer/call.js'
import { isThenable, type Source } from '../peer/outcome.js'
import { type Failure, watched } from './streams.js'

/**
 * Runs the service and tells once when the answer is over: a value was returned, a promise settled,
 * a stream ended, failed or was left. The answer itself is handed on as it is.
 */
export function whenOver(
  next: Service,
  call: Call,
  over: (failure: Failure | undefined) => void,
): unknown {
  let answer: unknown
  try {
    answer = next(call)
  } catch (error) {
    over({ error })
    throw error
  }
  if (call.kind === 'stream') return watched(answer as Source, { over })
  if (isThenable(answer)) {
    answer.then(
      () => over(undefined),
      (error) => over({ error }),
    )
    return answer
  }
  over(undefined)
  return answer
}

/**
 * The code that stands for a failure: that of an error made by `fail`; `cancelled` or
 * `deadline-exceeded` when the handler was stopped by its signal; else `internal`.
 */
export function codeOf(failure: Failure, call: Call): string {
  const { error } = failure
  if (isTielineError(error) && error.crosses) return error.code
  if (!isStop(error) || !call.signal.aborted) return 'internal'
  return call.remaining() <= 0 ? 'deadline-exceeded' : 'cancelled'
}

function isStop(error: unknown): boolean {
  return (
    isTielineError(error, 'cancelled') ||
    isTielineError(error, 'deadline-exceeded') ||
    (error instanceof Error && error.name === 'AbortError')
  )
}
