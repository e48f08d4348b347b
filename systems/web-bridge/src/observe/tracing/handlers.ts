// The span of a handler, in the process that it runs in: a child of the server's call to it, and the
// parent of whatever the handler does. A socket's handler has none: it may be open for days.
import { context, SpanKind } from '@opentelemetry/api'
import type { HandlerContext } from '../../handlers/handler.js'
import { isHttpError } from '../../handlers/reply.js'
import type { RuntimeLayer } from '../../runtime/runtime.js'
import { watchedBody } from '../watched-body.js'
import { received } from './carrier.js'
import { activeTracer, endFailed, endWithStatus, within } from './tracer.js'

/** Around every handler. Its span ends with the head of the response. */
export const traceHandlers: RuntimeLayer = (next, route) => (request, given) => {
  const tracer = activeTracer()
  if (tracer === undefined) return next(request, given)
  const parent = received(context.active(), given.meta)
  const attributes = {
    'http.request.method': request.method,
    'http.route': route.path,
    'web_bridge.request.id': request.requestId,
  }
  const span = tracer.startSpan(
    `handler ${route.id}`,
    { kind: SpanKind.SERVER, attributes },
    parent,
  )
  return within(span, parent, async () => {
    try {
      const response = await next(request, given)
      endWithStatus(span, response.status)
      // What a streamed body does on its way is done on behalf of the same span.
      const body = watchedBody(response.body, {
        inside: (step) => within(span, parent, step),
      })
      return body === response.body ? response : { ...response, body }
    } catch (error) {
      // A refusal on purpose is an answer like any other.
      if (isHttpError(error)) endWithStatus(span, error.status)
      else endFailed(span, error, error instanceof Error ? error.name : typeof error)
      throw error
    }
  })
}

/** What a socket's handler does, in the trace of the request that opened it. */
export function insideTrace<T>({ meta }: HandlerContext, step: () => T): T {
  if (activeTracer() === undefined) return step()
  return context.with(received(context.active(), meta), step)
}
