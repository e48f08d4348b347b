// What a JSON-RPC 2.0 message may be made of, read with care: everything here comes from outside.
import { INVALID_REQUEST, type JsonRpcError } from './errors.js'

/** What the other side calls its request. `1` and `'1'` are two; null may be used again and again. */
export type RemoteId = string | number | null

/** Characters of a text that is an id. 1,024: a uuid has 36; it is kept until the answer, and sent back. */
export const LONGEST_ID = 1024

export interface Message {
  readonly jsonrpc?: unknown
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

export interface RequestMessage extends Message {
  readonly method: string
  /** An object, an array or undefined. */
  readonly params?: object
  /** Undefined: a notification. */
  readonly id?: RemoteId
}

export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether it is an answer. Peers exist that send the other of the two as null. */
export function isAnswer(message: Message): boolean {
  if (message.method !== undefined) return false
  return message.result !== undefined || (message.error !== undefined && message.error !== null)
}

/** What is wrong with a request or notification, if anything. Then its id may still be told: see `idOf`. */
export function faultOf(message: Message): string | undefined {
  const { jsonrpc, id, method, params } = message
  if (method === undefined) return 'neither a method nor an answer'
  if (typeof method !== 'string') return 'method must be a string'
  if (jsonrpc !== '2.0') return 'jsonrpc must be "2.0"'
  if (params !== undefined && typeof params !== 'object') {
    return 'params must be an object or an array'
  }
  if (id !== undefined && !isId(id)) {
    return `id must be a string of at most ${LONGEST_ID} characters, a number that is kept exactly, or null`
  }
  return undefined
}

/** The id to answer an invalid request with: its own as far as it is a request's, else null. */
export function idOf({ id, method }: Message): RemoteId {
  return method !== undefined && isId(id) ? id : null
}

/**
 * Whole numbers past 2^53 have lost digits when JSON was read, and would be answered as another id.
 */
function isId(id: unknown): id is RemoteId {
  if (typeof id === 'string') return id.length <= LONGEST_ID
  if (typeof id !== 'number') return id === null
  return Number.isInteger(id) ? Number.isSafeInteger(id) : Number.isFinite(id)
}

export function errorAnswer(id: RemoteId, error: JsonRpcError): unknown {
  return { jsonrpc: '2.0', error, id }
}

export function invalidRequest(id: RemoteId, why: string): unknown {
  return errorAnswer(id, { code: INVALID_REQUEST, message: `invalid request: ${why}` })
}
