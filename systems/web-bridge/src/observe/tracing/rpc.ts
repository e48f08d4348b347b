// Spans of calls of functions: one where the call is made, and one where the function runs.
import { context, SpanKind, trace } from '@opentelemetry/api'
import {
  type Caller,
  type CallOptions,
  codeOf,
  isTielineError,
  type Layer,
  whenOver,
} from 'tieline'
import { watched } from 'tieline/service'
import { carried, received } from './carrier.js'
import { activeTracer, endFailed, within } from './tracer.js'

/** The same caller, whose calls have spans: children of the handler's, or of whatever is active. */
export function traced(caller: Caller): Caller {
  return {
    call(name, params, options) {
      const span = started(name)
      if (span === undefined) return caller.call(name, params, options)
      return caller.call(name, params, span.options(options)).then(
        (value) => {
          span.end(undefined)
          return value
        },
        (error: unknown) => {
          span.end({ error })
          throw error
        },
      )
    },
    stream(name, params, options) {
      const span = started(name)
      if (span === undefined) return caller.stream(name, params, options)
      return watched(caller.stream(name, params, span.options(options)), { over: span.end })
    },
    notify(name, params, options) {
      const span = started(name)
      if (span === undefined) return caller.notify(name, params, options)
      caller.notify(name, params, span.options(options))
      span.end(undefined)
    },
  }
}

interface Started {
  options<O extends Pick<CallOptions, 'meta'>>(given: O | undefined): O
  end(failure: { readonly error: unknown } | undefined): void
}

function started(name: string): Started | undefined {
  const tracer = activeTracer()
  if (tracer === undefined) return undefined
  const parent = context.active()
  const span = tracer.startSpan(
    `rpc ${name}`,
    { kind: SpanKind.CLIENT, attributes: of(name) },
    parent,
  )
  const meta = carried(trace.setSpan(parent, span))
  return {
    options: (given) => ({ ...given, meta: { ...given?.meta, ...meta } }) as never,
    end(failure) {
      if (failure === undefined) span.end()
      else endFailed(span, failure.error, typeOf(failure.error))
    },
  }
}

/** The layer for `BridgeOptions.rpcLayers`: what runs in the server's process. */
export const traceRpc: Layer = (next) => (call) => {
  const tracer = activeTracer()
  if (tracer === undefined) return next(call)
  const parent = received(context.active(), call.meta)
  const attributes = of(call.method)
  const span = tracer.startSpan(`rpc ${call.method}`, { kind: SpanKind.SERVER, attributes }, parent)
  const answer = within(span, parent, () =>
    whenOver(next, call, (failure) => {
      if (failure === undefined) span.end()
      else endFailed(span, failure.error, codeOf(failure, call))
    }),
  )
  if (call.kind !== 'stream') return answer
  // A generator runs when it is asked for its items, which is later: then too on behalf of the span.
  return itemsInside(answer as AsyncIterableIterator<unknown>, (step) => within(span, parent, step))
}

function itemsInside<T>(
  items: AsyncIterableIterator<T>,
  inside: <S>(step: () => S) => S,
): AsyncIterableIterator<T> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => inside(() => items.next()),
    async return() {
      await inside(() => items.return?.())
      return { done: true, value: undefined }
    },
  }
}

function of(name: string) {
  return { 'rpc.system.name': 'web-bridge', 'rpc.method': name }
}

function typeOf(error: unknown): string {
  return isTielineError(error) ? error.code : 'internal'
}
