// Whether anybody wants spans, and where they are made. Without an SDK that has been registered in
// this process nothing is made, and asking costs a look at one variable.
import {
  type Context,
  context,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'

const NAME = '@tieline/web-bridge'

/** What the api package hands out until an SDK is there, and goes on handing out then. */
interface Proxy {
  getDelegateTracer(name: string): Tracer | undefined
}

/** Undefined: no SDK is registered. Asked for each time, as one may be registered later. */
export function activeTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider()
  // By its form: two copies of the api package in one process have two classes.
  if ('getDelegateTracer' in provider) return (provider as unknown as Proxy).getDelegateTracer(NAME)
  return provider.getTracer(NAME)
}

/** Runs something with the span as the current one, for what it calls. */
export function within<T>(span: Span, parent: Context, run: () => T): T {
  return context.with(trace.setSpan(parent, span), run)
}

/** Ends a span that failed with this. */
export function endFailed(span: Span, error: unknown, type: string): void {
  const message = error instanceof Error ? error.message : String(error)
  span.recordException(error instanceof Error ? error : message)
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.end()
}

/** A status of 500 and above is a failure even when it is a proper response. */
export function endWithStatus(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status)
  if (status >= 500) {
    span.setAttribute('error.type', String(status))
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}
