// `POST /__zap_rpc`: the server's functions over HTTP, for programs of this machine that can not reach
// the local socket. A page of any site can send a POST here, so it takes a token in a header, which a
// page can not set unasked, a connection from this machine, and a Host that is ours.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Call, fail, isTielineError, type Service } from 'tieline'
import { TOKEN_HEADER } from '../contract/http.js'
import type { HandlerLog } from '../handlers/handler.js'
import { traceContextIn } from '../observe/tracing/carrier.js'
import { type Access, isLoopbackAddress, sameToken } from './access.js'
import { goneSignal } from './exchange.js'
import { type RpcCall, readRpcCall } from './rpc-call.js'
import { announcedLength, readWhole } from './upload.js'
import { write } from './write.js'

/** Bytes of a call's JSON. 64 KiB, as of any body that is read at once. */
const BODY_BYTES = 64 * 1024

export interface RpcHttpOptions {
  readonly service: Service
  readonly token: string
  readonly access: Access
  readonly timeoutMs: number
  readonly log: HandlerLog
}

interface Answered {
  readonly status: number
  readonly text: string
}

/** Answers one call. Never rejects. */
export async function serveRpc(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  options: RpcHttpOptions,
): Promise<void> {
  const { status, text } = await answered(request, requestId, options)
  if (request.socket.destroyed) return
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  void write(response, { status, headers, body: text }, { requestId, close: !request.complete })
}

async function answered(
  request: IncomingMessage,
  requestId: string,
  options: RpcHttpOptions,
): Promise<Answered> {
  const { access, token, service, log } = options
  if (!isLoopbackAddress(request.socket.remoteAddress) || !access.knowsHost(request)) {
    return refused(403, 'permission-denied', 'only for programs of this machine')
  }
  const given = request.headers[TOKEN_HEADER]
  if (typeof given !== 'string' || !sameToken(given, token)) {
    return refused(401, 'permission-denied', `needs the server's token in ${TOKEN_HEADER}`)
  }
  const length = announcedLength(request)
  if (length === undefined || length > BODY_BYTES) {
    return refused(413, 'too-large', `a call's JSON may have ${BODY_BYTES} bytes, told before`)
  }
  let asked: RpcCall
  try {
    asked = readRpcCall(await readWhole(request, options.timeoutMs))
  } catch {
    return refused(400, 'malformed', 'a call is JSON: { "method": NAME, "params": … }')
  }
  try {
    return await ran(new HttpCall(asked, request, options.timeoutMs), service)
  } catch (error) {
    log.error({ requestId, rpc: asked.method, err: error }, `rpc ${asked.method} failed`)
    return refused(500, 'internal', 'internal error')
  }
}

/** Rejects with what the function did not mean to say, and with a TypeError for what has no JSON. */
async function ran(call: HttpCall, service: Service): Promise<Answered> {
  try {
    const data = await within(call, service)
    return { status: 200, text: JSON.stringify({ success: true, data: data ?? null }) }
  } catch (error) {
    if (!isTielineError(error) || !error.crosses) throw error
    const { code, message, data } = error
    return refused(statusOf(code), code, message, data)
  }
}

function refused(status: number, code: string, message: string, data?: unknown): Answered {
  return { status, text: JSON.stringify({ success: false, error: { code, message, data } }) }
}

function statusOf(code: string): number {
  if (code === 'unknown-method') return 404
  if (code === 'invalid-argument') return 400
  return code === 'deadline-exceeded' ? 504 : 500
}

/** The answer, or `deadline-exceeded` when it takes too long. A stream has no form here. */
async function within(call: HttpCall, service: Service): Promise<unknown> {
  try {
    const value = await Promise.race([service(call), call.over])
    if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
      throw fail('unsupported', `${call.method} streams, which needs the local socket`)
    }
    return value
  } finally {
    call.end()
  }
}

const NEVER = new AbortController().signal

/** A call that came over HTTP. */
class HttpCall implements Call {
  readonly method: string
  readonly kind = 'call'
  readonly params: unknown
  readonly meta: Call['meta']
  readonly signal: AbortSignal
  readonly draining = NEVER
  readonly over: Promise<never>
  readonly #deadline: number
  readonly end: () => void

  constructor(asked: RpcCall, request: IncomingMessage, timeoutMs: number) {
    const gone = goneSignal(request.socket)
    this.meta = traceContextIn(request.headers)
    this.method = asked.method
    this.params = asked.params
    this.#deadline = performance.now() + timeoutMs
    const controller = new AbortController()
    this.signal = controller.signal
    let late!: (error: Error) => void
    this.over = new Promise((_, reject) => {
      late = reject
    })
    // The race may be over before.
    this.over.catch(() => {})
    const cut = (error: Error): void => {
      controller.abort(error)
      late(error)
    }
    const left = (): void => cut(fail('cancelled', 'the caller has gone'))
    const timer = setTimeout(() => {
      cut(fail('deadline-exceeded', `${asked.method} did not finish before its deadline`))
    }, timeoutMs)
    gone.addEventListener('abort', left, { once: true })
    this.end = () => {
      clearTimeout(timer)
      gone.removeEventListener('abort', left)
    }
  }

  get items(): AsyncIterable<never> {
    return none()
  }

  get peer(): Call['peer'] {
    throw fail('unsupported', 'a caller over HTTP can not be called back')
  }

  remaining(): number {
    return Math.max(0, this.#deadline - performance.now())
  }
}

async function* none(): AsyncGenerator<never> {}
