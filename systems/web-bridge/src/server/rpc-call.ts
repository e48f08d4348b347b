// The body of `POST /__zap_rpc`: a call as JSON.
import { defaultLimits, TielineError } from 'tieline'
import { json } from 'tieline/codec'

export interface RpcCall {
  readonly method: string
  readonly params: unknown
}

const codec = json()

/** Throws `malformed` or `too-large` for what is no call. */
export function readRpcCall(bytes: Uint8Array): RpcCall {
  const value = codec.decode(bytes, 0, bytes.byteLength, false, defaultLimits)
  // What is no object has no method either; of a text or a list these are the names of what it inherits.
  const { method, params } = (value ?? {}) as { method?: unknown; params?: unknown }
  if (typeof method === 'string') return { method, params }
  throw new TielineError('malformed', 'a call has no method', { origin: 'protocol' })
}
