// The layer that checks one method's values against its schemas. What comes in is checked and
// replaced by what the schema makes of it; what goes out is only checked, and sent as it was.
import { fail, TielineError } from '../../errors.js'
import type { Call } from '../../peer/call.js'
import { isThenable, type Source } from '../../peer/outcome.js'
import { DerivedCall } from '../derived-call.js'
import type { Layer } from '../layer.js'
import { checked, checking, type Issue, issuesLine, type Schema } from '../schema.js'
import { eventually, watched } from '../streams.js'

/** What to check. A schema that is left out, or that accepts anything, costs nothing. */
export interface MethodSchemas {
  /** The params. Refused with `invalid-argument`, which tells the caller where and why. */
  readonly input?: Schema | undefined
  /** The answer, or each item of a stream. Refused as `internal`: the fault is the handler's. */
  readonly output?: Schema | undefined
  /** Each item that the caller streams in. Refused with `invalid-argument`, in the handler's loop. */
  readonly items?: Schema | undefined
}

/** Checks the calls of one method. No promise is made when the schema library makes none. */
export function validate(schemas: MethodSchemas): Layer {
  const input = checking(schemas.input)
  const output = checking(schemas.output)
  const items = checking(schemas.items)
  return (next) => {
    const outward =
      output === undefined ? next : (call: Call) => checkAnswer(output, call, next(call))
    const inward =
      items === undefined ? outward : (call: Call) => outward(new ItemsCall(call, items))
    if (input === undefined) return inward
    return (call) => {
      const params = checked(input, call.params, (issues) => badParams(call.method, issues))
      if (isThenable(params)) {
        const later = (params as Promise<unknown>).then((late) => inward(withParams(call, late)))
        return call.kind === 'stream' ? eventually(later as Promise<Source>) : later
      }
      return inward(withParams(call, params))
    }
  }
}

function withParams(call: Call, params: unknown): Call {
  return params === call.params ? call : new DerivedCall(call, params)
}

class ItemsCall extends DerivedCall {
  readonly #schema: Schema

  constructor(original: Call, schema: Schema) {
    super(original, original.params)
    this.#schema = schema
  }

  override get items(): AsyncIterable<unknown> {
    const refuse = (issues: readonly Issue[]) => badItem(this.method, issues)
    return watched(this.original.items, { item: (value) => checked(this.#schema, value, refuse) })
  }
}

function checkAnswer(schema: Schema, call: Call, answer: unknown): unknown {
  const check = (value: unknown): unknown => {
    const verdict = checked(schema, value, (issues) => badAnswer(call.method, issues))
    return isThenable(verdict) ? verdict.then(() => value) : value
  }
  if (call.kind === 'stream') return watched(answer as Source, { item: check })
  return isThenable(answer) ? answer.then(check) : check(answer)
}

function badParams(method: string, issues: readonly Issue[]): TielineError {
  return fail('invalid-argument', `invalid params of ${method}: ${issuesLine(issues)}`, { issues })
}

function badItem(method: string, issues: readonly Issue[]): TielineError {
  return fail('invalid-argument', `invalid item sent to ${method}: ${issuesLine(issues)}`, {
    issues,
  })
}

function badAnswer(method: string, issues: readonly Issue[]): TielineError {
  // It does not cross: what the handler got wrong is for the server's log.
  const why = `the handler of ${method} answered what its contract does not allow`
  return new TielineError('internal', `${why}: ${issuesLine(issues)}`)
}
