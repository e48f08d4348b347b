// A contract as plain JSON, for tools and people on the other side of a connection.
import { DESCRIBE } from '../service/reserved.js'
import type { Schema } from '../service/schema.js'
import type { Contract, Method, MethodKind } from './contract.js'

export { DESCRIBE }

/** A JSON Schema (draft 2020-12); true where the schema library has none to offer. */
export type JsonSchema = Readonly<Record<string, unknown>> | true

/** A method of a `Description`, its schemas as JSON Schema. */
export interface MethodDescription {
  readonly name: string
  readonly kind: MethodKind
  readonly summary?: string
  /** Absent: it takes no params. */
  readonly input?: JsonSchema
  /** Absent: there is no value in the answer. */
  readonly output?: JsonSchema
  /** Absent: the caller streams nothing in. */
  readonly items?: JsonSchema
  readonly params?: readonly string[] | 'array'
  readonly errors?: readonly { readonly code: string; readonly data?: JsonSchema }[]
  readonly idempotent?: true
  readonly resumable?: true
}

/** A contract as a server tells it to who asks: see `describe`. */
export interface Description {
  readonly name: string
  readonly version: string
  /** By name. */
  readonly methods: readonly MethodDescription[]
}

/** The contract's description. Plain JSON: it survives any codec. */
export function describe(contract: Contract): Description {
  const methods = Object.entries(contract.methods)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, method]) => describeMethod(name, method))
  return { name: contract.name, version: contract.version, methods }
}

function describeMethod(name: string, method: Method): MethodDescription {
  const { summary, input, output, items, params } = method
  const errors = Object.entries(method.errors).map(([code, schema]) =>
    schema === true ? { code } : { code, data: jsonSchema(schema) },
  )
  return {
    name,
    kind: method.kind,
    ...(summary !== undefined && { summary }),
    ...(input !== undefined && { input: jsonSchema(input) }),
    ...(output !== undefined && { output: jsonSchema(output) }),
    ...(items !== undefined && { items: jsonSchema(items) }),
    ...(params !== undefined && { params }),
    ...(errors.length > 0 && { errors }),
    ...(method.idempotent && { idempotent: true }),
    ...(method.resumable && { resumable: true }),
  }
}

interface Converter {
  readonly input?: (options: { readonly target: string }) => unknown
}

/** The JSON Schema of what travels: a schema's input, before its defaults and transforms. */
function jsonSchema(schema: Schema): JsonSchema {
  const { jsonSchema: converter } = schema['~standard'] as { readonly jsonSchema?: Converter }
  try {
    const made = converter?.input?.({ target: 'draft-2020-12' })
    if (typeof made !== 'object' || made === null) return true
    // A copy through JSON: libraries hang functions of their own on what they return.
    return JSON.parse(JSON.stringify(made)) as JsonSchema
  } catch {
    // The library says so when a type (a date, a transform) has no JSON Schema: then any value.
    return true
  }
}
