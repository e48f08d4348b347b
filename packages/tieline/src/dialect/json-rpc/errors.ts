// Errors of JSON-RPC, which are numbers, and Tieline's, which are words: one into the other and back
// with nothing lost.
import type { WireError } from '../envelope.js'

/** An error as JSON-RPC writes it. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** How errors are written and read. Neither function may throw. */
export interface JsonRpcErrors {
  write(error: WireError): JsonRpcError
  read(error: JsonRpcError): WireError
}

export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
const SERVER_ERROR = -32000
/** From the Language Server Protocol: the answer to a request that was cancelled. */
const REQUEST_CANCELLED = -32800

const PAIRS = [
  ['malformed', PARSE_ERROR],
  ['invalid-request', INVALID_REQUEST],
  ['unknown-method', -32601],
  ['invalid-argument', -32602],
  ['internal', -32603],
  ['cancelled', REQUEST_CANCELLED],
  ['remote-error', SERVER_ERROR],
] as const
const NUMBERS = new Map<string, number>(PAIRS)
const WORDS = new Map<number, string>(PAIRS.map(([word, number]) => [number, word]))

/** A code that is a number's text stands for that number: `fail('-32001', …)`. 16 digits: a safe integer has no more. */
const NUMBER = /^(?:0|-?[1-9]\d{0,15})$/

/**
 * The number that an error of this code has in JSON-RPC, as `jsonRpc()` maps them unless told
 * otherwise. For errors that arrived it is the number that came.
 */
export function jsonRpcCode({ code }: { readonly code: string }): number {
  return NUMBERS.get(code) ?? (NUMBER.test(code) ? Number(code) : SERVER_ERROR)
}

/**
 * The mapping unless told otherwise:
 *
 * | Tieline | JSON-RPC |
 * |---|---|
 * | `malformed` | -32700 |
 * | `invalid-request` | -32600 |
 * | `unknown-method` | -32601 |
 * | `invalid-argument` | -32602 |
 * | `internal` | -32603 |
 * | `cancelled` | -32800 |
 * | `remote-error` | -32000 |
 * | a number's text, as `-32001` | that number |
 * | any other code | -32000, and `data` is `{ code, data }` |
 */
export const jsonRpcErrors: JsonRpcErrors = { write, read }

function write(error: WireError): JsonRpcError {
  const { code, message, data } = error
  const number = jsonRpcCode(error)
  if (number !== SERVER_ERROR || code === 'remote-error' || NUMBER.test(code)) {
    return data === undefined ? { code: number, message } : { code: number, message, data }
  }
  return { code: number, message, data: data === undefined ? { code } : { code, data } }
}

function read({ code, message, data }: JsonRpcError): WireError {
  if (code === SERVER_ERROR) {
    const named = namedError(data)
    if (named) return { code: named.code, message, data: named.data }
  }
  return { code: WORDS.get(code) ?? String(code), message, data }
}

/** The `data` that `write` makes of a code that has no number. Anything more in it is a foreign error's own. */
function namedError(data: unknown): { code: string; data?: unknown } | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { code } = data as { code?: unknown }
  if (typeof code !== 'string') return undefined
  const isOurs = Object.keys(data).every((key) => key === 'code' || key === 'data')
  return isOurs ? (data as { code: string; data?: unknown }) : undefined
}

/** The `error` of a foreign answer in the form that it should have had. */
export function errorFrom(raw: unknown): JsonRpcError | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  const { code, message, data } = raw as { code?: unknown; message?: unknown; data?: unknown }
  if (!Number.isSafeInteger(code)) return undefined
  const text = typeof message === 'string' ? message : ''
  return data === undefined
    ? { code: code as number, message: text }
    : { code: code as number, message: text, data }
}

/** What is left of an error without a number: its text, and all of it as data. */
export function errorWithoutCode(raw: unknown): WireError {
  return { code: 'remote-error', message: textOf(raw), data: raw }
}

function textOf(raw: unknown): string {
  if (typeof raw === 'string') return raw
  const message = typeof raw === 'object' && raw !== null && (raw as { message?: unknown }).message
  return typeof message === 'string' ? message : 'the remote answered an error without a code'
}
