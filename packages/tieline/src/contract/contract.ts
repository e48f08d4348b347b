// The contract: plain frozen data that says which calls, streams and notifications a service has,
// with their schemas and version. Both sides import it; nothing in it knows a wire or an endpoint.
import type { Schema, Sent } from '../service/schema.js'
import {
  checkContractName,
  checkMethodName,
  checkPartName,
  checkVersion,
  refused,
} from './names.js'

/** `call`: one answer. `stream`: items. `notify`: nothing comes back. */
export type MethodKind = 'call' | 'stream' | 'notify'

/** Declared errors: a code, and the schema of the data it carries, or true for none. */
export type ErrorSchemas = Readonly<Record<string, Schema | true>>
/** Of a method that declares no errors. */
export type NoErrors = Readonly<Record<never, never>>

/** One method of a contract, made by `call`, `stream` or `notify`. */
export interface Method<
  Kind extends MethodKind = MethodKind,
  Input extends Schema | undefined = Schema | undefined,
  Output extends Schema | undefined = Schema | undefined,
  Items extends Schema | undefined = Schema | undefined,
  Errors extends ErrorSchemas = ErrorSchemas,
> {
  readonly kind: Kind
  /** The one params value. Undefined: the method takes none. */
  readonly input: Input
  /** The answer, or each item of a stream. Undefined: there is no value in the answer. */
  readonly output: Output
  /** What the caller streams in beside the params. Undefined: nothing. */
  readonly items: Items
  readonly errors: Errors
  /** How the params become an array for wires that need one: see `toPositional`. */
  readonly params: readonly string[] | 'array' | undefined
  /** One line for people. */
  readonly summary: string | undefined
  /** Running it twice does no more than running it once, so that a retry is allowed. */
  readonly idempotent: boolean
  /** The stream may be subscribed again on a new connection, from wherever it is by then. */
  readonly resumable: boolean
}

/** The methods of a contract by their names. */
export type Methods = Readonly<Record<string, Method>>

/** What `contract()` makes: plain data that both sides import. */
export interface Contract<M extends Methods = Methods> {
  readonly name: string
  /** `major.minor`. */
  readonly version: string
  readonly methods: M
}

/**
 * The names of the input's fields in the order of a positional wire, or 'array' for an input that
 * is the array of params itself.
 */
export type ParamNames<Input> =
  Sent<Input> extends readonly unknown[] ? 'array' : readonly (keyof Sent<Input> & string)[]

interface Shared<Input, Errors> {
  /** Schema of the one params value. Leave it out for a method without params. */
  readonly input?: Input
  /** Errors that handlers throw with `fail(code, message, data)`, and that callers can tell apart. */
  readonly errors?: Errors
  readonly params?: ParamNames<Input>
  /** One line for people: `tieline describe` shows it. */
  readonly summary?: string
}

/** What `call()` takes. Schemas are Standard Schemas, or `type<T>()` for types alone. */
export interface CallDefinition<Input, Output, Items, Errors> extends Shared<Input, Errors> {
  /** Schema of the answer. Leave it out when there is nothing to answer but that it is done. */
  readonly output?: Output
  /** Schema of each item that the caller streams in beside the params. */
  readonly items?: Items
  /** Running it twice does no more than running it once. False unless told. */
  readonly idempotent?: boolean
}

/** What `stream()` takes. */
export interface StreamDefinition<Input, Output, Items, Errors> extends Shared<Input, Errors> {
  /** Schema of each item. */
  readonly output: Output
  /** Schema of each item that the caller streams in beside the params. */
  readonly items?: Items
  /** Subscribe again after a reconnect. False unless told: items in between are lost. */
  readonly resumable?: boolean
}

/** What `notify()` takes. */
export interface NotifyDefinition<Input> {
  readonly input?: Input
  readonly params?: ParamNames<Input>
  readonly summary?: string
}

/** A call: params in, one answer out. */
export function call<
  Input extends Schema | undefined = undefined,
  Output extends Schema | undefined = undefined,
  Items extends Schema | undefined = undefined,
  const Errors extends ErrorSchemas = NoErrors,
>(
  definition: CallDefinition<Input, Output, Items, Errors> = {},
): Method<'call', Input, Output, Items, Errors> {
  return method('call', definition)
}

/** A stream: params in, items out until it ends or the caller leaves. */
export function stream<
  Output extends Schema,
  Input extends Schema | undefined = undefined,
  Items extends Schema | undefined = undefined,
  const Errors extends ErrorSchemas = NoErrors,
>(
  definition: StreamDefinition<Input, Output, Items, Errors>,
): Method<'stream', Input, Output, Items, Errors> {
  return method('stream', definition)
}

/** A notification: params in, no answer, not even that it arrived. */
export function notify<Input extends Schema | undefined = undefined>(
  definition: NotifyDefinition<Input> = {},
): Method<'notify', Input, undefined, undefined, NoErrors> {
  return method('notify', definition)
}

type AnyDefinition = {
  readonly [Field in keyof Method as Exclude<Field, 'kind'>]?: Method[Field]
}

function method<M extends Method>(kind: MethodKind, definition: object): M {
  const given: AnyDefinition = definition
  const made: Method = {
    kind,
    input: given.input,
    output: given.output,
    items: given.items,
    errors: Object.freeze({ ...given.errors }),
    params: Array.isArray(given.params) ? Object.freeze([...given.params]) : given.params,
    summary: given.summary,
    idempotent: given.idempotent ?? false,
    resumable: given.resumable ?? false,
  }
  return Object.freeze(made) as M
}

/**
 * As much of `Methods` as says that something was made by `call`, `stream` or `notify`. With all of
 * it, the compiler would take a schema that is left out for one that may be anything.
 */
type MadeMethods = Readonly<Record<string, { readonly kind: MethodKind }>>

/**
 * A contract from its definition. Throws `invalid-argument` for a name or a version that can not be.
 * @example
 * const Greeter = contract({ name: 'greeter', version: '1.0', methods: {
 *   hello: call({ input: z.object({ name: z.string() }), output: z.string() }),
 *   ticks: stream({ input: z.object({ everyMs: z.number() }), output: z.number() }),
 *   log: notify({ input: z.string() }),
 * }})
 */
export function contract<const M extends MadeMethods>(definition: {
  readonly name: string
  readonly version: `${number}.${number}`
  readonly methods: M
}): M extends Methods ? Contract<M> : never
export function contract(definition: Contract): Contract {
  const { name, version, methods } = definition
  checkContractName(name)
  checkVersion(name, version)
  const prototype: unknown = Object.getPrototypeOf(methods ?? [])
  if (prototype !== Object.prototype && prototype !== null) {
    throw refused(name, 'its methods must be a plain object')
  }
  for (const [key, each] of Object.entries(methods)) checkMethod(name, key, each)
  return Object.freeze({ name, version, methods: Object.freeze({ ...methods }) })
}

const KINDS: ReadonlySet<unknown> = new Set<MethodKind>(['call', 'stream', 'notify'])

function checkMethod(contractName: string, name: string, each: Method): void {
  checkMethodName(contractName, name)
  if (!KINDS.has(each?.kind)) {
    throw refused(contractName, `method ${name} must be made by call(), stream() or notify()`)
  }
  for (const part of ['input', 'output', 'items'] as const) {
    checkSchema(contractName, `the ${part} of ${name}`, each[part])
  }
  for (const [code, schema] of Object.entries(each.errors)) {
    checkPartName(contractName, `error of ${name}`, code)
    if (code === 'internal') {
      throw refused(contractName, `${name} can not declare internal: it is what hides other errors`)
    }
    if (schema !== true) checkSchema(contractName, `error ${code} of ${name}`, schema)
  }
  checkParams(contractName, name, each)
}

function checkParams(contractName: string, name: string, each: Method): void {
  if (each.params === undefined) return
  if (each.input === undefined) throw refused(contractName, `${name} has params but no input`)
  if (typeof each.params === 'string') return
  for (const param of each.params) checkPartName(contractName, `param of ${name}`, param)
  if (new Set(each.params).size < each.params.length) {
    throw refused(contractName, `${name} names a param twice`)
  }
}

function checkSchema(contractName: string, what: string, schema: unknown): void {
  if (schema === undefined) return
  const standard = (schema as { '~standard'?: { validate?: unknown } } | null)?.['~standard']
  if (typeof standard?.validate !== 'function') {
    throw refused(contractName, `${what} is no Standard Schema (zod, valibot, arktype, type())`)
  }
}
