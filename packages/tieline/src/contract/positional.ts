// A contract's one params value as the array that some wires need, and back. What the contract
// declares decides, never the value, so that both directions always agree.
import type { Protocol } from '../dialect/dialect.js'
import { fail, TielineError } from '../errors.js'
import type { Service } from '../peer/call.js'
import { DerivedCall } from '../service/derived-call.js'
import type { Layer } from '../service/layer.js'
import type { Contract, Method } from './contract.js'
import type { Implementation } from './implement.js'

/**
 * The array for a positional wire:
 *
 * | the method declares | input | array |
 * |---|---|---|
 * | no input | | `[]` |
 * | `params: ['a', 'b']` | `{ a: 1, b: 2 }` | `[1, 2]`; a field that is absent travels as null |
 * | `params: 'array'` | `[1, 2]` | `[1, 2]`, the same array |
 * | an input and no `params` | `x` | `[x]`, also when x is an array; `[]` for undefined |
 *
 * Throws `invalid-argument` for an input that does not fit what is declared.
 */
export function toPositional(method: Method, input: unknown): readonly unknown[] {
  const { params } = method
  if (method.input === undefined) return []
  if (params === undefined) return input === undefined ? [] : [input]
  if (params === 'array') {
    if (Array.isArray(input)) return input
    throw new TielineError('invalid-argument', 'the params must be an array')
  }
  if (typeof input !== 'object' || input === null) {
    throw new TielineError('invalid-argument', `the params must be an object with ${list(params)}`)
  }
  const fields = input as Readonly<Record<string, unknown>>
  for (const field of Object.keys(fields)) {
    if (!params.includes(field)) {
      throw new TielineError('invalid-argument', `no param is named ${field}: ${list(params)}`)
    }
  }
  return params.map((param) => (Object.hasOwn(fields, param) ? (fields[param] ?? null) : null))
}

/**
 * What a wire with named params is given: an object as it is, anything else as on a positional wire.
 * An array that arrives there is always such a one. Throws as `toPositional`.
 */
export function toNamed(method: Method, input: unknown): unknown {
  if (method.input === undefined) return undefined
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  return isObject && method.params !== 'array' ? input : toPositional(method, input)
}

/**
 * The input from what a positional wire brought: the reverse of `toPositional`. A value that is no
 * array is taken as it is. Throws `invalid-argument`, fit to be answered, for a wrong count.
 */
export function fromPositional(method: Method, received: unknown): unknown {
  if (!Array.isArray(received)) return received
  const { params } = method
  if (method.input === undefined) {
    if (received.length > 0) throw fail('invalid-argument', 'params not expected')
    return undefined
  }
  if (params === 'array') return received
  if (params === undefined) {
    if (received.length > 1) throw fail('invalid-argument', 'expected 1 param')
    return received[0]
  }
  if (received.length !== params.length) {
    throw fail('invalid-argument', `expected ${params.length} param(s): ${list(params)}`)
  }
  const input: Record<string, unknown> = {}
  params.forEach((param, index) => {
    input[param] = received[index]
  })
  return input
}

/** The layer for connections whose protocol may write params as an array. Put it outermost. */
export function positional(contract: Contract): Layer {
  const methods = new Map(Object.entries(contract.methods))
  return (next) => (call) => {
    const method = methods.get(call.method)
    if (method === undefined || !Array.isArray(call.params)) return next(call)
    return next(new DerivedCall(call, fromPositional(method, call.params)))
  }
}

/** The service as a protocol needs it: inside `positional` where params may come as an array. */
export function serviceOver({
  contract,
  service,
}: Implementation): (protocol: Protocol) => Service {
  let reading: Service | undefined
  return ({ params }) => {
    if (params === 'value') return service
    reading ??= positional(contract)(service)
    return reading
  }
}

function list(params: readonly string[]): string {
  return params.join(', ')
}
