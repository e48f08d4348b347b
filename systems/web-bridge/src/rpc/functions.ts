// The functions that the server's process offers, from contracts and from plain tables, as one service
// that looks them up by name.
import {
  type Call,
  type Context,
  DerivedCall,
  fail,
  type Implementation,
  type Layer,
  layered,
  type Service,
  TielineError,
} from 'tieline'
import type { RpcParams } from '../contract/bridge.js'

/** One function: params in, a value, a promise of it or, for a stream, an AsyncIterable out. */
export type RpcFunction = (params: unknown, call: Call) => unknown

/** What `implement` returns, or functions by name. */
export type RpcFunctions = Implementation | Readonly<Record<string, RpcFunction>>

export interface RpcService {
  readonly names: readonly string[]
  /** Answers a call whose `method` is a function's name. */
  readonly service: Service
  /** The same for a call that carries `[name, params]`. */
  named(params: RpcParams, call: Context<unknown>): unknown
}

/** Throws `invalid-argument` for a name that is there twice, and for what is no function. */
export function rpcService(
  given: readonly RpcFunctions[],
  layers: readonly Layer[] = [],
): RpcService {
  const found = new Map<string, Service>()
  const add = (name: string, service: Service): void => {
    if (found.has(name)) throw wrong(name, 'is there twice')
    found.set(name, service)
  }
  for (const functions of given) {
    if (isImplementation(functions)) {
      for (const name of Object.keys(functions.contract.methods)) add(name, functions.service)
      continue
    }
    for (const [name, each] of Object.entries(functions)) {
      if (typeof each !== 'function') throw wrong(name, 'is no function')
      add(name, (call) => each(call.params, call))
    }
  }
  const service = layered((call) => {
    const each = found.get(call.method)
    if (each === undefined) throw unknown(call.method)
    return each(call)
  }, layers)
  return {
    names: [...found.keys()],
    service,
    named: (params, call) => service(new NamedCall(params, call)),
  }
}

function isImplementation(given: RpcFunctions): given is Implementation {
  const { contract, service } = given as Partial<Implementation>
  return typeof service === 'function' && typeof contract === 'object'
}

function wrong(name: string, why: string): TielineError {
  return new TielineError('invalid-argument', `the rpc function ${JSON.stringify(name)} ${why}`)
}

/** Characters of a foreign name that are sent back. 100: longer than any real one. */
const SHOWN = 100

function unknown(name: string): TielineError {
  return fail('unknown-method', `there is no rpc function ${JSON.stringify(name.slice(0, SHOWN))}`)
}

/** The call as its function sees it. */
class NamedCall extends DerivedCall {
  override readonly method: string

  constructor(params: RpcParams, call: Context<unknown>) {
    if (!Array.isArray(params) || typeof params[0] !== 'string') {
      throw fail('invalid-argument', 'a call of a function carries [name, params]')
    }
    // A context is the call itself, with its params told apart in its type.
    super(call as Call, params[1])
    this.method = params[0]
  }
}
