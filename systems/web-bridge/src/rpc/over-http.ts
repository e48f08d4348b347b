// Calls of the server's functions by `POST /__zap_rpc`: the way for programs that can not reach the
// local socket.
import { type Caller, type CallOptions, milliseconds, TielineError } from 'tieline'
import { RPC_PATH, TOKEN_HEADER } from '../contract/http.js'
import { traceContextIn } from '../observe/tracing/carrier.js'

/** Calls over HTTP. Streams are `unsupported`; a notification is a call whose answer is not waited for. */
export function overHttp(url: string, token: string): Caller {
  const endpoint = new URL(RPC_PATH, url).href
  const call = (name: string, params?: unknown, options?: CallOptions): Promise<unknown> =>
    post(endpoint, token, { name, params, options })
  return {
    call,
    stream(name) {
      throw new TielineError('unsupported', `${name}: streams need the local socket`, {
        method: name,
        endpoint,
        sent: 'no',
      })
    },
    notify(name, params) {
      // Nobody is told how a notification fares.
      call(name, params).catch(() => {})
    },
  }
}

interface Asked {
  readonly name: string
  readonly params: unknown
  readonly options: CallOptions | undefined
}

async function post(
  endpoint: string,
  token: string,
  { name, params, options }: Asked,
): Promise<unknown> {
  const own = milliseconds(options?.timeout ?? '30s')
  const timeoutMs = Math.min(own, options?.within?.remaining() ?? own)
  const details = { method: name, endpoint, sent: 'maybe' } as const
  const late = AbortSignal.timeout(Math.min(timeoutMs, LONGEST_MS))
  const signals = [late, options?.signal, options?.within?.signal].filter(
    (each) => each !== undefined,
  )
  let answered: { success?: unknown; data?: unknown; error?: unknown }
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [TOKEN_HEADER]: token,
        ...traceContextIn(options?.meta ?? {}),
      },
      body: JSON.stringify({ method: name, params }),
      signal: AbortSignal.any(signals),
      redirect: 'error',
    })
    answered = (await response.json()) as typeof answered
  } catch (cause) {
    if (late.aborted) {
      const message = `${name} at ${endpoint}: no answer within ${timeoutMs} ms`
      throw new TielineError('deadline-exceeded', message, { ...details, cause })
    }
    const gone = signals.some(({ aborted }) => aborted)
    const code = gone ? 'cancelled' : 'connection-lost'
    throw new TielineError(code, `${name} at ${endpoint}: ${reason(cause)}`, { ...details, cause })
  }
  if (answered?.success === true) return answered.data
  const { code, message, data } = (answered?.error ?? {}) as Partial<Record<string, unknown>>
  throw new TielineError(
    typeof code === 'string' ? code : 'remote-error',
    typeof message === 'string' ? message : `${name} at ${endpoint}: no answer that can be read`,
    { origin: 'remote', method: name, endpoint, data },
  )
}

/** The longest delay of a timer. */
const LONGEST_MS = 0x7fff_ffff

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}
