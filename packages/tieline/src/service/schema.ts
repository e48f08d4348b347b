// Schemas as Tieline sees them: Standard Schema v1, so zod, valibot, arktype and others fit as they
// are. What a value must be, how it is checked, and how a refusal reads in one line.
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { TielineError } from '../errors.js'

/** A Standard Schema: it takes `Input` and makes `Output` of it. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>
/** The type before a schema's check: what is sent. */
export type Sent<S> = S extends Schema ? StandardSchemaV1.InferInput<S> : undefined
/** The type after a schema's check: what the receiving side gets, defaults and transforms applied. */
export type Received<S> = S extends Schema ? StandardSchemaV1.InferOutput<S> : undefined

/** What a refusal says about one place of the value, fit to cross a wire. */
export interface Issue {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** Issues told in the message's one line. 3: enough to see a pattern, and still one line. */
const ISSUES_IN_LINE = 3
/** Issues told in the error's data. 16: a form's worth; a hostile value makes one per element. */
const ISSUES_IN_DATA = 16
/** Characters kept of one issue's text: some libraries quote the refused value, however long. */
const ISSUE_CHARACTERS = 200
/** Steps kept of an issue's path. 64: as deep as a decoded value can be. */
const PATH_STEPS = 64

const ANYTHING: Schema = Object.freeze({
  '~standard': Object.freeze({
    version: 1,
    vendor: 'tieline',
    validate: (value: unknown) => ({ value }),
  } as const),
})

/**
 * A schema that accepts anything and says it is a `T`: for contracts that want types and no checks.
 * @example hello: call({ input: type<{ name: string }>(), output: type<string>() })
 */
export function type<T>(): Schema<T, T> {
  return ANYTHING as Schema<T, T>
}

/** The schema when it can refuse something; undefined for none and for `type()`, which cost nothing. */
export function checking(schema: Schema | undefined): Schema | undefined {
  return schema === ANYTHING ? undefined : schema
}

/**
 * What the schema makes of the value: at once when the library is synchronous, else a promise.
 * Throws (or rejects with) what `refuse` makes of the issues.
 */
export function checked(
  schema: Schema,
  value: unknown,
  refuse: (issues: readonly Issue[]) => TielineError,
): unknown {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) return result.then((late) => outcome(late, refuse))
  return outcome(result, refuse)
}

function outcome(
  result: StandardSchemaV1.Result<unknown>,
  refuse: (issues: readonly Issue[]) => TielineError,
): unknown {
  if (result.issues === undefined) return result.value
  throw refuse(result.issues.slice(0, ISSUES_IN_DATA).map(plainIssue))
}

/** The first issues in one line: `name: expected string; items.2.id: too small (and more)`. */
export function issuesLine(issues: readonly Issue[]): string {
  if (issues.length === 0) return 'refused by its schema'
  const told = issues.slice(0, ISSUES_IN_LINE).map(issueText).join('; ')
  return issues.length > ISSUES_IN_LINE ? `${told} (and more)` : told
}

function issueText(issue: Issue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}

function plainIssue(issue: StandardSchemaV1.Issue): Issue {
  const path = (issue.path ?? []).slice(0, PATH_STEPS).map((step) => {
    const key = typeof step === 'object' ? step.key : step
    return typeof key === 'number' ? key : shortLine(String(key), ISSUE_CHARACTERS)
  })
  return { path, message: shortLine(issue.message, ISSUE_CHARACTERS) }
}

/** A text from outside as one line of at most so many characters, fit for a message or a log. */
export function shortLine(text: string, characters: number): string {
  const cut = text.length > characters ? `${text.slice(0, characters)}…` : text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return cut.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}
