// What a browser is told when there is no response of a handler: a status by the error's code, a JSON
// body with the request's id, and nothing of what went on inside.
import { isTielineError } from 'tieline'
import type { BridgeResponse } from './backend.js'

interface Told {
  readonly status: number
  readonly code: string
  readonly message: string
}

const TOLD: Readonly<Record<string, Told>> = {
  unavailable: { status: 503, code: 'UNAVAILABLE', message: 'no handler is available' },
  'resource-exhausted': { status: 503, code: 'OVERLOADED', message: 'too much is in flight' },
  'connection-lost': { status: 502, code: 'HANDLER_LOST', message: 'the handler was lost' },
  malformed: { status: 502, code: 'BAD_HANDLER', message: 'the handler gave no valid response' },
  'deadline-exceeded': { status: 504, code: 'TIMEOUT', message: 'the handler took too long' },
  'request-timeout': { status: 408, code: 'REQUEST_TIMEOUT', message: 'the body did not come' },
  'too-large': { status: 413, code: 'BODY_TOO_LARGE', message: 'the body is too large' },
  'unknown-method': { status: 404, code: 'HANDLER_NOT_FOUND', message: 'there is no such handler' },
}

const OTHERWISE: Told = { status: 500, code: 'INTERNAL', message: 'Internal Server Error' }

export interface FailureContext {
  readonly requestId: string
  /** Show the error's own message and stack. */
  readonly development: boolean
}

/** The response that tells of an error. */
export function failureResponse(error: unknown, context: FailureContext): BridgeResponse {
  const told = isTielineError(error) ? (TOLD[error.code] ?? OTHERWISE) : OTHERWISE
  const response = errorResponse(told, context, error)
  if (told.status !== 503) return response
  const headers = { ...response.headers, 'retry-after': String(retryAfter(error)) }
  return { ...response, headers }
}

/** A response of the server's own, in the form of all of them. */
export function errorResponse(
  { status, code, message }: Told,
  { requestId, development }: FailureContext,
  thrown?: unknown,
): BridgeResponse {
  const shown = development && thrown instanceof Error ? { detail: thrown.message } : undefined
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ error: { code, message, requestId, ...shown } }),
  }
}

/** Whole seconds, at least 1. */
function retryAfter(error: unknown): number {
  const data = isTielineError(error) ? error.data : undefined
  const given = (data as { retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds
  return typeof given === 'number' && given > 0 ? Math.ceil(given) : 1
}
