// Requests from the server as handlers take them, and what handlers answer as it goes back: in the
// answer itself when it is small, to be fetched as a stream when it is not.
import { type Context, fail, TielineError } from 'tieline'
import type { CarriedBody, InvokeAnswer, InvokeParams } from '../contract/handler-process.js'
import { INLINE_BYTES } from '../contract/handler-process.js'
import { inPieces, type Parcels } from '../contract/parcels.js'
import type { BodyOrigin } from '../handlers/body.js'
import type { HandlerLog } from '../handlers/handler.js'
import { ReceivedRequest } from '../handlers/request.js'
import { Invocation } from './invocation.js'
import type { HandlerResponse, Runtime } from './runtime.js'

export interface AnswerParts {
  readonly runtime: Runtime
  readonly log: HandlerLog
  /** Fires when this process is about to end. */
  readonly draining: AbortSignal
}

/**
 * Characters of a text that travels as text. 1,024: below it the server writes head and body in one
 * piece, above it the text is not decoded there only to be encoded again.
 */
const TEXT_CHARACTERS = 1024

const encoder = new TextEncoder()

/** Runs the handler that is asked for. Throws only for params that are none. */
export async function answer(
  params: InvokeParams,
  call: Context,
  parcels: Parcels,
  parts: AnswerParts,
): Promise<InvokeAnswer> {
  const [route, requestId, method, url, routeParams, headers, carried] = checked(params)
  const invocation = new Invocation(call, parts, 'request')
  const body = bodyOf(carried, call)
  const request = new ReceivedRequest({
    requestId,
    method,
    url,
    params: routeParams,
    headers,
    body,
  })
  const response = await parts.runtime.invoke(route, request, invocation)
  return answerOf(response, invocation, parcels)
}

function checked(params: InvokeParams): InvokeParams {
  const [route, requestId, method, url, routeParams, headers] = params
  const good =
    typeof route === 'string' &&
    typeof requestId === 'string' &&
    typeof method === 'string' &&
    typeof url === 'string' &&
    isRecord(routeParams) &&
    isRecord(headers)
  if (good) return params
  throw fail('invalid-argument', 'invoke takes [route, id, method, url, params, headers, body]')
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bodyOf(carried: CarriedBody | undefined, call: Context): BodyOrigin {
  if (typeof carried !== 'number') return carried ?? undefined
  // As long as it takes: the server gives up a browser that sends nothing.
  const options = { timeout: Number.POSITIVE_INFINITY }
  return {
    [Symbol.asyncIterator]: () =>
      call.peer.stream('body', carried, options) as AsyncIterator<Uint8Array>,
  }
}

function answerOf(
  { status, headers, body }: HandlerResponse,
  invocation: Invocation,
  parcels: Parcels,
): InvokeAnswer {
  if (body === undefined) return [status, headers, null]
  if (typeof body === 'string' && body.length <= TEXT_CHARACTERS) return [status, headers, body]
  const bytes = typeof body === 'string' ? encoder.encode(body) : body
  if (!(bytes instanceof Uint8Array)) {
    return [status, headers, offered(bytes, invocation, parcels)]
  }
  if (bytes.byteLength <= INLINE_BYTES) return [status, headers, bytes]
  const length = { ...headers, 'content-length': String(bytes.byteLength) }
  return [status, length, offered(inPieces(bytes), invocation, parcels)]
}

function offered(
  body: AsyncIterable<Uint8Array>,
  invocation: Invocation,
  parcels: Parcels,
): number {
  invocation.headSent()
  return parcels.offer(body, (fault) => {
    if (fault !== undefined) invocation.end(fault)
  })
}

/** Why a body or a socket ends with its connection. */
export function connectionLost(cause?: unknown): TielineError {
  const message = 'the connection to the server is over'
  return new TielineError('connection-lost', message, { origin: 'channel', cause })
}
