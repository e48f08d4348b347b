// What a layer answers itself, in the form that all errors of the server have.
import type { BridgeRequest, BridgeResponse } from '../server/backend.js'
import { errorResponse, type FailureContext } from '../server/failure.js'

type Told = Parameters<typeof errorResponse>[0]

export function refusal(
  { requestId }: BridgeRequest,
  told: Told,
  headers: BridgeResponse['headers'] = {},
): BridgeResponse {
  const context: FailureContext = { requestId, development: false }
  const response = errorResponse(told, context)
  return { ...response, headers: { ...response.headers, ...headers } }
}
