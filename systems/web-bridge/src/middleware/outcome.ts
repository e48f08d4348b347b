// How a request went, for layers that log, count or trace: told once, when the head of its response is
// there or it has failed.
import { isTielineError } from 'tieline'
import type { BridgeRequest, BridgeResponse, InvokeContext } from '../server/backend.js'
import { failureResponse } from '../server/failure.js'
import type { Handle } from '../server/middleware.js'

/** What common servers log for a browser that left before it had an answer. It is never sent. */
export const BROWSER_GONE = 499

export interface RequestOutcome {
  /** What the browser was told, or would have been. */
  readonly status: number
  /** Milliseconds until then. */
  readonly ms: number
  /** Undefined when there was a response. */
  readonly failure: { readonly error: unknown } | undefined
}

/** Runs `next` and tells how it went; the answer or the error is passed on as it is. */
export async function withOutcome(
  next: Handle,
  request: BridgeRequest,
  context: InvokeContext,
  over: (outcome: RequestOutcome) => void,
): Promise<BridgeResponse> {
  const from = performance.now()
  let response: BridgeResponse
  try {
    response = await next(request, context)
  } catch (error) {
    const status = statusOfFailure(error, context.signal)
    over({ status, ms: performance.now() - from, failure: { error } })
    throw error
  }
  over({ status: response.status, ms: performance.now() - from, failure: undefined })
  return response
}

/** The status that the server makes of an error outside of all layers. */
export function statusOfFailure(error: unknown, signal: AbortSignal): number {
  if (signal.aborted && (!isTielineError(error) || error.code === 'cancelled')) return BROWSER_GONE
  return failureResponse(error, { requestId: '', development: false }).status
}
