// The trace context on its way between processes: in the metadata of a call, in the form that the
// process's propagator has, or W3C's `traceparent` and `tracestate` where none is set.
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  propagation,
  trace,
} from '@opentelemetry/api'

type Carrier = Readonly<Record<string, string>>

/** What to put beside a call. Empty when there is no span. */
export function carried(from: Context): Carrier {
  const carrier: Record<string, string> = {}
  if (propagation.fields().length > 0) {
    propagation.inject(from, carrier)
    return carrier
  }
  const span = trace.getSpanContext(from)
  if (span === undefined || !isSpanContextValid(span)) return carrier
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0')
  carrier['traceparent'] = `00-${span.traceId}-${span.spanId}-${flags}`
  const state = span.traceState?.serialize()
  if (state) carrier['tracestate'] = state
  return carrier
}

const FIELDS = ['traceparent', 'tracestate', 'baggage'] as const

/** What of headers or of metadata is W3C's trace context: the part that crosses to HTTP and back. */
export function traceContextIn(given: Readonly<Record<string, unknown>>): Carrier {
  const found: Record<string, string> = {}
  for (const name of FIELDS) {
    const value = given[name]
    if (typeof value === 'string') found[name] = value
  }
  return found
}

// W3C Trace Context, 3.2: a later version may have more behind it, version ff may not be.
const PARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/

/** The context that was carried, within `to`. What is not one is left out. */
export function received(to: Context, carrier: Carrier): Context {
  if (propagation.fields().length > 0) return propagation.extract(to, carrier)
  const [, version, traceId, spanId, flags, rest] = PARENT.exec(carrier['traceparent'] ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return to
  if (version === '00' && rest !== undefined) return to
  const state = carrier['tracestate']
  const span = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  }
  return isSpanContextValid(span) ? trace.setSpanContext(to, span) : to
}
