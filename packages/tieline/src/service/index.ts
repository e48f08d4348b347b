// What answers calls, and what wraps it.
export type { Call, Caller, CallOptions, Service } from '../peer/call.js'
export { DerivedCall } from './derived-call.js'
export { type Layer, layered } from './layer.js'
export { type DeadlineOptions, deadline } from './layers/deadline.js'
export { type LimitOptions, limit } from './layers/limit.js'
export { type Logger, type LogOptions, log } from './layers/log.js'
export {
  type MethodMetrics,
  type Metrics,
  type MetricsOptions,
  type MetricsSnapshot,
  metrics,
} from './layers/metrics.js'
export { type MethodSchemas, validate } from './layers/validate.js'
export { codeOf, whenOver } from './outcome.js'
export { type Part, router } from './router.js'
export type { Issue, Received, Schema, Sent } from './schema.js'
export { type Failure, type Watch, watched } from './streams.js'
