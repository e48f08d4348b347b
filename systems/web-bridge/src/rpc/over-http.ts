// Calls of the server's functions by `POST /__zap_rpc`: the way for programs that can not reach the
// local socket.
import { type Caller, type CallOptions, milliseconds, systemClock, TielineError } from 'tieline'
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
  // Not AbortSignal.any and .timeout: in Node 20 the collector may take them before they fire.
  const over = new AbortController()
  const end = ({ target }: Event) => over.abort((target as AbortSignal).reason)
  let late = false
  const timer = systemClock.after(timeoutMs, () => {
    late = true
    over.abort()
  })
  const callers = [options?.signal, options?.within?.signal].filter((each) => each !== undefined)
  for (const signal of callers) {
    if (signal.aborted) over.abort(signal.reason)
    signal.addEventListener('abort', end, { once: true })
  }
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
      signal: over.signal,
      redirect: 'error',
    })
    answered = (await response.json()) as typeof answered
  } catch (cause) {
    if (late) {
      const message = `${name} at ${endpoint}: no answer within ${timeoutMs} ms`
      throw new TielineError('deadline-exceeded', message, { ...details, cause })
    }
    const code = over.signal.aborted ? 'cancelled' : 'connection-lost'
    throw new TielineError(code, `${name} at ${endpoint}: ${reason(cause)}`, { ...details, cause })
  } finally {
    timer.cancel()
    for (const signal of callers) signal.removeEventListener('abort', end)
  }
  if (answered?.success === true) return answered.data
  const { code, message, data } = (answered?.error ?? {}) as Partial<Record<string, unknown>>
  throw new TielineError(
    typeof code === 'string' ? code : 'remote-error',
    typeof message === 'string' ? message : `${name} at ${endpoint}: no answer that can be read`,
    { origin: 'remote', method: name, endpoint, data },
  )
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}
