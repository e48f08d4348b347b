// What `serve` and `connect` make of an endpoint: its transport, and what is spoken there unless told.
import type { Protocol } from '../dialect/dialect.js'
import { native } from '../dialect/native.js'
import { TielineError } from '../errors.js'
import { transportFor } from '../transport/open.js'
import type { Transport } from '../transport/transport.js'
import type { Contract } from './contract.js'

/** For callers without types: what was left out is told by its name, and not by what it breaks. */
export function checkGiven(
  contract: Partial<Contract> | undefined,
  options: { readonly at?: unknown } | undefined,
): void {
  if (typeof contract?.methods !== 'object') {
    throw new TielineError(
      'invalid-argument',
      'the first argument must be a contract, made by contract()',
    )
  }
  // A string has a method `at`.
  if (typeof options !== 'object' || !options.at) {
    throw new TielineError(
      'invalid-argument',
      `the last argument must say where: { at: 'local:${contract.name}' }`,
    )
  }
}

/** An endpoint's transport, loaded when it is first used. */
export async function transportAt(at: string | Transport): Promise<Transport> {
  return typeof at === 'string' ? transportFor(at) : at
}

/** The native protocol, in the form that the transport's channels carry. */
export function nativeOver({ unit }: Transport): Protocol {
  return native({ over: unit === 'message' ? 'messages' : 'bytes' })
}
