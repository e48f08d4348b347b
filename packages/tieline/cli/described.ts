// What a server says that it offers, by the reserved call; and hints made from that.

import { nearest } from '../src/command/nearest.js'
import type { Description, MethodDescription } from '../src/contract/describe.js'
import { isTielineError, TielineError } from '../src/errors.js'
import type { Peer } from '../src/peer/peer.js'
import { DESCRIBE } from '../src/service/reserved.js'

/** Milliseconds for a description that is only for a hint: it has just answered, and is to do so again. */
const HINT_MS = 5000

/** The contracts that the other side serves. Rejects `malformed` for an answer that is none. */
export async function askDescription(peer: Peer, timeout: number): Promise<Description[]> {
  const params = peer.protocol.params === 'positional' ? [] : undefined
  const answer = await peer.call(DESCRIBE, params, { timeout })
  if (Array.isArray(answer) && answer.every(isDescription)) return answer
  throw new TielineError('malformed', `${DESCRIBE} was answered with something else`, {
    origin: 'protocol',
  })
}

function isDescription(value: unknown): value is Description {
  if (typeof value !== 'object' || value === null) return false
  const { name, version, methods } = value as Partial<Record<keyof Description, unknown>>
  const named = typeof name === 'string' && typeof version === 'string'
  return named && Array.isArray(methods) && methods.every(isMethod)
}

function isMethod(value: unknown): value is MethodDescription {
  if (typeof value !== 'object' || value === null) return false
  const { name, kind } = value as Partial<Record<keyof MethodDescription, unknown>>
  return typeof name === 'string' && typeof kind === 'string'
}

/** The methods that the other side describes; none when it does not, within `timeout` milliseconds. */
export async function methodsOf(
  peer: Peer,
  timeout: number,
): Promise<readonly MethodDescription[]> {
  try {
    return (await askDescription(peer, timeout)).flatMap(({ methods }) => methods)
  } catch {
    // A server without descriptions, or one that is gone: there is no hint then.
    return []
  }
}

/**
 * The error of a method that was not there, or was called as what it is not, with what to do instead.
 * Any other error as it is.
 */
export async function withHint(
  error: unknown,
  peer: Peer,
  method: string,
  used: 'call' | 'stream',
): Promise<unknown> {
  if (!isTielineError(error) || error.origin !== 'remote') return error
  if (error.code !== 'unknown-method' && error.code !== 'invalid-argument') return error
  const methods = await methodsOf(peer, HINT_MS)
  const hint =
    error.code === 'unknown-method'
      ? otherMethod(methods, method)
      : otherKind(methods, method, used)
  if (hint === undefined) return error
  const { code, message, endpoint, data } = error
  const details = { origin: 'remote', method, data, cause: error } as const
  return new TielineError(
    code,
    `${message}; ${hint}`,
    endpoint ? { ...details, endpoint } : details,
  )
}

function otherMethod(methods: readonly MethodDescription[], method: string): string | undefined {
  const names = methods.map(({ name }) => name)
  if (names.length === 0) return undefined
  const meant = nearest(method, names)
  return meant === undefined ? 'tieline describe lists its methods' : `did you mean ${meant}?`
}

function otherKind(
  methods: readonly MethodDescription[],
  method: string,
  used: 'call' | 'stream',
): string | undefined {
  const kind = methods.find(({ name }) => name === method)?.kind
  if (used === 'call') return kind === 'stream' ? 'use tieline listen' : undefined
  return kind === 'call' || kind === 'notify' ? `use tieline ${kind}` : undefined
}
