// Several contracts on one connection: calls go to the part that declares the method.
import { fail, isTielineError, TielineError } from '../errors.js'
import type { Call, Service } from '../peer/call.js'
import { DESCRIBE } from './reserved.js'
import { shortLine } from './schema.js'

/** Something that answers for the methods of a contract; what `implement` returns is one. */
export interface Part {
  readonly contract: { readonly name: string; readonly methods: Readonly<Record<string, unknown>> }
  readonly service: Service
}

/**
 * One service that answers for all parts. Throws `invalid-argument` when two parts declare the same
 * method. `tieline.describe` answers with the descriptions of all of them.
 */
export function router(...parts: readonly Part[]): Service {
  const owners = new Map<string, Part>()
  for (const part of parts) {
    for (const method of Object.keys(part.contract.methods)) {
      const owner = owners.get(method)
      if (owner !== undefined) {
        throw new TielineError(
          'invalid-argument',
          `router: ${owner.contract.name} and ${part.contract.name} both have a method ${method}`,
        )
      }
      owners.set(method, part)
    }
  }
  return (call) => {
    const part = owners.get(call.method)
    if (part !== undefined) return part.service(call)
    if (call.method === DESCRIBE) return describeAll(parts, call)
    throw unknownMethod(call.method)
  }
}

/** The answer to a method that nobody declares. It never says which methods there are. */
export function unknownMethod(method: string): TielineError {
  return fail('unknown-method', `unknown method: ${shortLine(method, SHOWN_CHARACTERS)}`)
}

/** Characters of a foreign method name that are sent back. 100: longer than any real name. */
const SHOWN_CHARACTERS = 100

async function describeAll(parts: readonly Part[], call: Call): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const part of parts) {
    try {
      const answer = await part.service(call)
      if (Array.isArray(answer)) answers.push(...answer)
    } catch (error) {
      // A part may have its description turned off; the others still answer.
      if (!isTielineError(error, 'unknown-method')) throw error
    }
  }
  if (answers.length === 0) throw unknownMethod(call.method)
  return answers
}
