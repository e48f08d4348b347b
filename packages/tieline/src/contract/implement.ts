// A contract and its handlers as a service: methods looked up among the declared names, params
// checked, answers and errors brought into the form in which they may cross.
import { fail, TielineError } from '../errors.js'
import type { Call, Service } from '../peer/call.js'
import { isSource, isThenable } from '../peer/outcome.js'
import { type Layer, layered } from '../service/layer.js'
import { validate } from '../service/layers/validate.js'
import { DESCRIBE } from '../service/reserved.js'
import { unknownMethod } from '../service/router.js'
import { watched } from '../service/streams.js'
import type { Contract, Method } from './contract.js'
import { forwarded } from './declared.js'
import { type Description, describe } from './describe.js'
import type { Handlers } from './types.js'

/** What `implement` takes beside the contract and its handlers; `serve` takes it too. */
export interface ImplementOptions {
  /** What wraps the whole service, the first outermost. A good order: log, metrics, limit, deadline. */
  readonly layers?: readonly Layer[]
  readonly validate?: {
    /** Check params and streamed-in items. True unless told. */
    readonly input?: boolean
    /** Check what handlers answer. False unless told. An answer is checked, and sent as it was. */
    readonly output?: boolean
  }
  /** Answer `tieline.describe` with the contract. True unless told. */
  readonly describe?: boolean
}

/** A contract with what answers it. */
export interface Implementation<C extends Contract = Contract> {
  readonly contract: C
  readonly service: Service
}

/**
 * Throws `invalid-argument` when a handler is missing or too many. Handlers may be an instance of a
 * class: they are called with it as `this`. A handler that returns a plain value makes no promise.
 * A request for a `notify` method is answered without a value once it has run, and a `call` method
 * may be notified: those two are the caller's choice on most wires.
 */
export function implement<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  options: ImplementOptions = {},
): Implementation<C> {
  const given = handlers as Readonly<Record<string, unknown>>
  checkHandlers(contract, given)
  const methods = new Map<string, Service>()
  for (const [name, method] of Object.entries(contract.methods)) {
    const checks = validate({
      input: options.validate?.input === false ? undefined : method.input,
      items: options.validate?.input === false ? undefined : method.items,
      output: options.validate?.output === true ? method.output : undefined,
    })
    methods.set(name, ofKind(name, method, checks(answering(method, given, name))))
  }
  if (options.describe !== false) {
    let descriptions: readonly Description[] | undefined
    methods.set(DESCRIBE, () => {
      descriptions ??= [describe(contract)]
      return descriptions
    })
  }
  const lookup: Service = (call) => {
    const method = methods.get(call.method)
    if (method === undefined) throw unknownMethod(call.method)
    return method(call)
  }
  return Object.freeze({ contract, service: layered(lookup, options.layers ?? []) })
}

function checkHandlers(contract: Contract, given: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(contract.methods)) {
    if (typeof given[name] !== 'function') throw wrong(contract, `has no handler for ${name}`)
  }
  // An instance of a class has fields of its own; a plain object's are all meant to be handlers.
  const prototype: unknown = Object.getPrototypeOf(given)
  if (prototype !== Object.prototype && prototype !== null) return
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(contract.methods, name)) {
      throw wrong(contract, `has a handler for ${name}, which the contract does not declare`)
    }
  }
}

function wrong(contract: Contract, why: string): TielineError {
  return new TielineError('invalid-argument', `implement: ${contract.name} ${why}`)
}

const WORDS = { call: 'a call', notify: 'a notification', stream: 'a stream' } as const

/** A stream can not be answered to a call, nor an answer to a subscription. */
function ofKind(name: string, method: Method, next: Service): Service {
  const isStream = method.kind === 'stream'
  return (call) => {
    if ((call.kind === 'stream') === isStream) return next(call)
    const [is, not] = isStream ? ['a stream', 'a call'] : [WORDS[method.kind], 'a stream']
    throw fail('invalid-argument', `${name} is ${is}, not ${not}`)
  }
}

type AnyHandler = (params: unknown, context: Call) => unknown

function answering(
  method: Method,
  given: Readonly<Record<string, unknown>>,
  name: string,
): Service {
  const handler = given[name] as AnyHandler
  const run: Service =
    method.input === undefined
      ? (call) => handler.call(given, undefined, call)
      : (call) => handler.call(given, call.params, call)
  return method.kind === 'stream' ? streaming(name, method, run) : calling(method, run)
}

function calling(method: Method, run: Service): Service {
  // Without an output in the contract nothing crosses, whatever the handler happens to return.
  const answer = method.output === undefined ? nothing : undefined
  const forward = forwarding(method)
  if (answer === undefined && forward === undefined) return run
  return (call) => {
    let result: unknown
    try {
      result = run(call)
    } catch (thrown) {
      throw forward === undefined ? thrown : forward(thrown)
    }
    if (!isThenable(result)) return answer === undefined ? result : undefined
    return result.then(
      answer,
      forward &&
        ((thrown) => {
          throw forward(thrown)
        }),
    )
  }
}

function nothing(): undefined {}

function streaming(name: string, method: Method, run: Service): Service {
  const error = forwarding(method)
  return (call) => {
    let items: unknown
    try {
      items = run(call)
    } catch (thrown) {
      throw error === undefined ? thrown : error(thrown)
    }
    if (!isSource(items)) {
      throw new TypeError(`the handler of stream ${name} returned nothing that can be iterated`)
    }
    return error === undefined ? items : watched(items, { error })
  }
}

/** Undefined when there is no declared error to forward: then errors take no detour. */
function forwarding(method: Method): ((thrown: unknown) => unknown) | undefined {
  if (Object.keys(method.errors).length === 0) return undefined
  return (thrown) => forwarded(thrown, method)
}
