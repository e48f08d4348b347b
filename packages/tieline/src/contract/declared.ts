// Errors that a contract declares: how a caller tells them apart with their types, and which of
// the errors that a handler throws may cross to the caller as they are.
import { fail, isTielineError, TielineError } from '../errors.js'
import { checked, checking, type Schema, type Sent } from '../service/schema.js'
import type { Method } from './contract.js'

/** A declared error as the caller catches it. */
export interface Declared<Code extends string, Data> extends TielineError {
  readonly code: Code
  readonly data: Data
  readonly origin: 'remote'
}

/** All errors that a method declares, told apart by `code`. */
export type DeclaredError<M extends Method> = {
  [Code in keyof M['errors'] & string]: Declared<
    Code,
    M['errors'][Code] extends Schema ? Sent<M['errors'][Code]> : unknown
  >
}[keyof M['errors'] & string]

/**
 * True for an error that the method declares, answered by the other side, with data that fits its
 * schema. Throws `invalid-argument` when that schema can only be checked with a promise.
 * @example
 * catch (error) {
 *   if (isDeclared(Greeter.methods.hello, error) && error.code === 'not-found') show(error.data.name)
 *   else throw error
 * }
 */
export function isDeclared<M extends Method>(method: M, error: unknown): error is DeclaredError<M> {
  if (!isTielineError(error) || error.origin !== 'remote') return false
  if (!Object.hasOwn(method.errors, error.code)) return false
  const declared = method.errors[error.code]
  const schema = declared === true ? undefined : checking(declared)
  return schema === undefined || fits(schema, error)
}

function fits(schema: Schema, error: TielineError): boolean {
  let verdict: unknown
  try {
    verdict = checked(schema, error.data, () => unfit)
  } catch (thrown) {
    if (thrown === unfit) return false
    throw thrown
  }
  if (!(verdict instanceof Promise)) return true
  // Nobody waits for the verdict: the answer to the caller is that it comes too late.
  verdict.catch(() => {})
  throw new TielineError(
    'invalid-argument',
    `the schema of error ${error.code} answers with a promise; isDeclared needs one that does not`,
  )
}

const unfit = new TielineError('invalid-argument', 'the data does not fit')

/**
 * What goes on for what a handler threw. An error that a nested call received crosses only when this
 * method declares its code, so that a service that forwards can forward errors. Everything else is
 * left as it is: what `fail` made crosses, and the rest reaches the caller as `internal`.
 */
export function forwarded(thrown: unknown, method: Method): unknown {
  if (!isTielineError(thrown) || thrown.crosses || thrown.origin !== 'remote') return thrown
  if (!Object.hasOwn(method.errors, thrown.code)) return thrown
  return fail(thrown.code, thrown.message, thrown.data)
}
