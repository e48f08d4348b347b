// One HTTP request from the browser to its handler and back: reads the body, runs the layers and the
// backend, writes the response, and makes one of whatever went wrong.
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isTielineError, milliseconds, TielineError } from 'tieline'
import type { HandlerLog, RequestHeaders } from '../handlers/handler.js'
import type { BridgeRequest, BridgeResponse, InvokeContext, Route } from './backend.js'
import { failureResponse } from './failure.js'
import type { Handle } from './middleware.js'
import { announcedLength, isSmall, readWhole, tooLarge, Upload } from './upload.js'
import { leaveBody, write } from './write.js'

export interface ExchangeOptions {
  readonly handle: Handle
  /** Until the head of the response, where the route does not say. */
  readonly timeoutMs: number
  /** Bytes of a request's body, where the route does not say. */
  readonly maxBodyBytes: number
  readonly development: boolean
  readonly log: HandlerLog
  /** Told of what was answered without asking the layers. */
  readonly unhandled?: Unhandled
}

/** A request that no layer has seen: its route, where it has one, and what it was answered. */
export type Unhandled = (request: IncomingMessage, route: Route | undefined, status: number) => void

const NO_META: Readonly<Record<string, string>> = Object.freeze({})
const GONE = Symbol('gone')

type Watched = Socket & { [GONE]?: AbortController }

/** Fires when the connection's browser goes away. One for all requests of a connection: they are many. */
export function goneSignal(socket: Socket): AbortSignal {
  const watched = socket as Watched
  if (watched[GONE] === undefined) {
    const controller = new AbortController()
    watched[GONE] = controller
    // Pipelined requests all listen.
    setMaxListeners(0, controller.signal)
    const gone = (): void => {
      controller.abort(new TielineError('cancelled', 'the browser has gone'))
    }
    if (socket.destroyed) gone()
    else socket.once('close', gone)
  }
  return watched[GONE].signal
}

/** Header names as Node gives them; the only one that it gives as a list is joined like the others. */
export function headersOf({ headers }: IncomingMessage): RequestHeaders {
  if (headers['set-cookie'] === undefined) return headers as RequestHeaders
  return { ...headers, 'set-cookie': headers['set-cookie'].join(', ') } as RequestHeaders
}

export interface Incoming {
  readonly route: Route
  readonly requestId: string
  readonly params: Readonly<Record<string, string>>
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Answers one request. Never rejects. */
export async function exchange(incoming: Incoming, options: ExchangeOptions): Promise<void> {
  const { route, requestId, request, response } = incoming
  const signal = goneSignal(request.socket)
  const timeoutMs = route.timeout === undefined ? options.timeoutMs : milliseconds(route.timeout)
  const limit = route.maxBodyBytes ?? options.maxBodyBytes
  const length = announcedLength(request)
  let upload: Upload | undefined
  let answered: BridgeResponse
  let handled = false
  try {
    if (length !== undefined && length > limit) throw tooLarge(limit)
    if (isSmall(length)) {
      const body = length === 0 ? undefined : await readWhole(request, timeoutMs)
      handled = true
      answered = await options.handle(asked(incoming, body), { signal, timeoutMs, meta: NO_META })
    } else {
      const clock = new UploadClock(signal, timeoutMs)
      upload = new Upload(request, limit, clock)
      handled = true
      try {
        answered = await options.handle(asked(incoming, upload), clock.context)
      } catch (error) {
        throw clock.late(upload) ?? error
      } finally {
        clock.stop()
      }
    }
    // A handler that could not read the body to its end has nothing to say that would be true.
    if (upload?.fault?.code === 'too-large') {
      leaveBody(answered)
      throw upload.fault
    }
  } catch (error) {
    if (signal.aborted) return
    answered = failure(
      upload?.fault?.code === 'too-large' ? upload.fault : error,
      incoming,
      options,
    )
    if (!handled) options.unhandled?.(request, route, answered.status)
  }
  if (signal.aborted) {
    leaveBody(answered)
    return
  }
  try {
    const close = !request.complete && length !== 0
    await write(response, answered, { requestId, close })
  } catch (error) {
    bodyFailed(error, incoming, options)
    if (response.headersSent) response.destroy()
    else
      tell(new TielineError('malformed', 'no valid response', { cause: error }), incoming, options)
  }
}

function asked(
  { route, requestId, request, params }: Incoming,
  body: BridgeRequest['body'],
): BridgeRequest {
  return {
    requestId,
    route,
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    params,
    headers: headersOf(request),
    body,
    remoteAddress: request.socket.remoteAddress ?? '',
  }
}

function failure(error: unknown, incoming: Incoming, options: ExchangeOptions): BridgeResponse {
  const { requestId, route } = incoming
  const code = isTielineError(error) ? error.code : 'internal'
  // The browser's own doing needs no error in the log.
  const level =
    code === 'too-large' || code === 'request-timeout'
      ? 'info'
      : code === 'internal'
        ? 'error'
        : 'warn'
  const message = error instanceof Error ? error.message : String(error)
  options.log[level]({ requestId, route: route.id, code }, `${route.id}: ${message}`)
  return failureResponse(error, { requestId, development: options.development })
}

/** A process that was ended in the middle of a body is told of elsewhere; anything else is a fault. */
function bodyFailed(
  error: unknown,
  { requestId, route }: Incoming,
  { log }: ExchangeOptions,
): void {
  const fields = { requestId, route: route.id }
  if (isTielineError(error, 'connection-lost')) {
    log.warn(fields, `${route.id}: its body was cut: the handler process is gone`)
  } else {
    log.error({ ...fields, err: error }, `${route.id}: its response failed`)
  }
}

function tell(error: unknown, incoming: Incoming, options: ExchangeOptions): void {
  const { requestId, response } = incoming
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  void write(response, failure(error, incoming, options), { requestId, close: true })
}

/**
 * The deadline of a request whose body streams: it counts from the last progress, as a large upload
 * takes as long as its line does.
 */
class UploadClock {
  readonly context: InvokeContext
  readonly #controller = new AbortController()
  readonly #signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  readonly #gone = (): void => this.#controller.abort(this.#signal.reason)
  #late = false

  constructor(signal: AbortSignal, timeoutMs: number) {
    this.#signal = signal
    this.#timer = setTimeout(() => {
      this.#late = true
      this.#controller.abort(new TielineError('deadline-exceeded', 'no progress of the upload'))
    }, timeoutMs)
    if (signal.aborted) this.#gone()
    else signal.addEventListener('abort', this.#gone, { once: true })
    const timeout = Number.POSITIVE_INFINITY
    this.context = { signal: this.#controller.signal, timeoutMs: timeout, meta: NO_META }
  }

  readonly progress = (): void => {
    this.#timer.refresh()
  }

  /** The deadline's error, when that is what ended the request. */
  late({ waitsForBrowser }: Upload): TielineError | undefined {
    if (!this.#late) return undefined
    return waitsForBrowser
      ? new TielineError('request-timeout', 'the browser sent no more of its body in time')
      : new TielineError('deadline-exceeded', 'no answer in time')
  }

  /** The head is there: from now on the body may take as long as it does. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#gone)
  }
}
