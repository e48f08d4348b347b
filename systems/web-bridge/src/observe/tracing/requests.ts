// Spans in the server's process: one for each request, around all layers and until the end of its
// body, and in it one for the call to the handler.
import { type Attributes, context, SpanKind, trace } from '@opentelemetry/api'
import { statusOfFailure } from '../../middleware/outcome.js'
import type { BridgeRequest, BridgeResponse, InvokeContext } from '../../server/backend.js'
import type { BridgeLayer } from '../../server/middleware.js'
import { watchedBody } from '../watched-body.js'
import { carried, received } from './carrier.js'
import { activeTracer, endFailed, endWithStatus, within } from './tracer.js'

/** The outermost layer: the request, as a child of what the browser or a proxy says in its headers. */
export const traceRequests: BridgeLayer = (next) => (request, given) => {
  const tracer = activeTracer()
  if (tracer === undefined) return next(request, given)
  const parent = received(context.active(), request.headers)
  const { method, route } = request
  const span = tracer.startSpan(
    `${method} ${route.path}`,
    { kind: SpanKind.SERVER, attributes: attributesOf(request) },
    parent,
  )
  const here = trace.setSpan(parent, span)
  return within(span, parent, async () => {
    let response: BridgeResponse
    try {
      response = await next(request, withMeta(given, carried(here)))
    } catch (error) {
      const status = statusOfFailure(error, given.signal)
      span.setAttribute('http.response.status_code', status)
      if (status >= 500) endFailed(span, error, String(status))
      else span.end()
      throw error
    }
    const { status } = response
    const body = watchedBody(response.body, {
      over: (failure) => {
        if (failure) endFailed(span, failure.error, 'body')
        else endWithStatus(span, status)
      },
    })
    return body === response.body ? response : { ...response, body }
  })
}

/** The innermost layer: the call to the handler's process, as the handler's span will know it. */
export const traceCalls: BridgeLayer = (next) => (request, given) => {
  const tracer = activeTracer()
  if (tracer === undefined) return next(request, given)
  // From the metadata, which also says it where no context manager carries the active span.
  const parent = received(context.active(), given.meta)
  const attributes = { 'http.route': request.route.path, 'web_bridge.route.id': request.route.id }
  const span = tracer.startSpan(
    `call ${request.route.id}`,
    { kind: SpanKind.CLIENT, attributes },
    parent,
  )
  return within(span, parent, async () => {
    try {
      const response = await next(request, withMeta(given, carried(trace.setSpan(parent, span))))
      endWithStatus(span, response.status)
      return response
    } catch (error) {
      endFailed(span, error, String(statusOfFailure(error, given.signal)))
      throw error
    }
  })
}

function attributesOf({ method, url, route, remoteAddress, requestId, headers }: BridgeRequest) {
  const end = url.indexOf('?')
  const agent = headers['user-agent']
  // Not the query: its values may be secret.
  const attributes: Attributes = {
    'http.request.method': method,
    'http.route': route.path,
    'url.path': end === -1 ? url : url.slice(0, end),
    'url.scheme': 'http',
    'client.address': remoteAddress,
    'web_bridge.request.id': requestId,
  }
  if (agent !== undefined) attributes['user_agent.original'] = agent
  return attributes
}

function withMeta(given: InvokeContext, more: Readonly<Record<string, string>>): InvokeContext {
  return { ...given, meta: { ...given.meta, ...more } }
}
