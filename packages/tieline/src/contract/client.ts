// The client of a contract: one function for each method, over anything that can be called.

import type { Protocol } from '../dialect/dialect.js'
import { TielineError } from '../errors.js'
import type { Caller, CallOptions } from '../peer/call.js'
import { checked, checking, type Issue, issuesLine } from '../service/schema.js'
import { watched } from '../service/streams.js'
import type { Contract, Method } from './contract.js'
import { toNamed, toPositional } from './positional.js'
import type { Client } from './types.js'

/** What `client` takes beside the contract and the caller. */
export interface ClientOptions<Checked extends boolean = boolean> {
  /** How params travel: the protocol's `params`. 'value' unless told. */
  readonly params?: Protocol['params']
  /** Check answers and items against the contract; what does not fit rejects with `malformed`. */
  readonly validate?: { readonly output?: Checked }
}

/**
 * The client of a contract. Calls reject, they never throw; streams and notifications throw for
 * params that can not be sent.
 * @example
 * const greeter = client(Greeter, peer)
 * await greeter.hello({ name: 'Ada' }, { timeout: '2s' })
 */
export function client<C extends Contract, const Checked extends boolean = false>(
  contract: C,
  caller: Caller,
  options: ClientOptions<Checked> = {},
): Client<C, Checked> {
  const made: Record<string, unknown> = {}
  const check = options.validate?.output === true
  const form = FORMS[options.params ?? 'value']
  for (const [name, method] of Object.entries(contract.methods)) {
    made[name] = over(form ? formingCaller(method, form, caller) : caller, { name, method, check })
  }
  return made as Client<C, Checked>
}

/** Makes of an input what the wire is given. */
type Form = (method: Method, input: unknown) => unknown

const FORMS: Readonly<Record<Protocol['params'], Form | undefined>> = {
  value: undefined,
  positional: toPositional,
  named: toNamed,
}

interface Target {
  readonly name: string
  readonly method: Method
  readonly check: boolean
}

function over(caller: Caller, { name, method, check }: Target): unknown {
  if (method.kind === 'notify') {
    return (input: unknown, options?: Pick<CallOptions, 'meta'>) =>
      caller.notify(name, input, options)
  }
  const schema = check ? checking(method.output) : undefined
  if (method.kind === 'stream') {
    if (schema === undefined) {
      return (input: unknown, options?: CallOptions) => caller.stream(name, input, options)
    }
    const item = (value: unknown) => checked(schema, value, (issues) => unfit(name, issues))
    return (input: unknown, options?: CallOptions) =>
      watched(caller.stream(name, input, options), { item })
  }
  if (schema === undefined) {
    return (input: unknown, options?: CallOptions) => caller.call(name, input, options)
  }
  return (input: unknown, options?: CallOptions) =>
    caller
      .call(name, input, options)
      .then((answer) => checked(schema, answer, (issues) => unfit(name, issues)))
}

function formingCaller(method: Method, form: Form, caller: Caller): Caller {
  return {
    call(name, input, options) {
      let params: unknown
      try {
        params = form(method, input)
      } catch (error) {
        return Promise.reject(error)
      }
      return caller.call(name, params, options)
    },
    stream: (name, input, options) => caller.stream(name, form(method, input), options),
    notify: (name, input, options) => caller.notify(name, form(method, input), options),
  }
}

function unfit(method: string, issues: readonly Issue[]): TielineError {
  return new TielineError('malformed', `invalid answer of ${method}: ${issuesLine(issues)}`, {
    origin: 'protocol',
    method,
    data: { issues },
  })
}
