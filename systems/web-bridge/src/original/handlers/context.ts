// What a handler has beside its request when the request came over the original's wire.
import { TielineError } from 'tieline'
import type { Call, Caller, CallOptions } from 'tieline/peer'
import type { HandlerContext, HandlerLog } from '../../handlers/handler.js'
import { type Rpc, rpcOver } from '../../rpc/rpc.js'

export interface ContextParts {
  /** Functions of the server's process. Undefined: there are none, and a call says so. */
  readonly rpc: Caller | undefined
  readonly log: HandlerLog
}

/** Lazy: a handler that asks for nothing costs nothing. */
export class CallContext implements HandlerContext {
  readonly log: HandlerLog
  readonly meta: Readonly<Record<string, string>>
  readonly #call: Call
  readonly #caller: Caller
  #rpc: Rpc | undefined

  /** A request's calls end with it; a socket's do not, as its `close` may have something to tell. */
  constructor(
    call: Call,
    { rpc = nobody, log }: ContextParts,
    headers: Readonly<Record<string, string>>,
    kind: 'request' | 'socket',
  ) {
    this.#call = call
    this.#caller = kind === 'request' ? new Within(rpc, call) : rpc
    this.log = log
    this.meta = traceOf(headers)
  }

  get rpc(): Rpc {
    this.#rpc ??= rpcOver(this.#caller)
    return this.#rpc
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  get draining(): AbortSignal {
    return this.#call.draining
  }

  remaining(): number {
    return this.#call.remaining()
  }
}

/** The headers by which a trace is carried on (W3C Trace Context). This wire has no other place for it. */
const TRACE_HEADERS = ['traceparent', 'tracestate'] as const

function traceOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const meta: Record<string, string> = {}
  for (const name of TRACE_HEADERS) {
    const value = headers[name]
    if (value !== undefined) meta[name] = value
  }
  return meta
}

/** Calls on behalf of an incoming one: they end with it. */
class Within implements Caller {
  readonly #caller: Caller
  readonly #call: Call

  constructor(caller: Caller, call: Call) {
    this.#caller = caller
    this.#call = call
  }

  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#caller.call(method, params, { ...options, within: this.#call })
  }

  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown> {
    return this.#caller.stream(method, params, { ...options, within: this.#call })
  }

  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void {
    this.#caller.notify(method, params, options)
  }
}

function unavailable(method: string): TielineError {
  const message = `${method}: these handlers were given no functions of the server (option rpc)`
  return new TielineError('unavailable', message, { method, sent: 'no' })
}

const nobody: Caller = {
  call: (method) => Promise.reject(unavailable(method)),
  // biome-ignore lint/correctness/useYield: it is left before it begins.
  async *stream(method) {
    throw unavailable(method)
  },
  notify(method) {
    throw unavailable(method)
  },
}
