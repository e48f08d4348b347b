// The handlers' side of the original's socket as a dialect: its server opens a connection for every
// request, sends one invocation and reads one answer; WebSockets and health checks come the same way.
import { randomUUID } from 'node:crypto'
import type { Dialect, Envelope, Protocol, WireError } from 'tieline/dialect'
import { originalWire } from '../wire/frames.js'
import {
  type ErrorMessage,
  type HandlerResponseMessage,
  type Message,
  readMessage,
} from '../wire/messages.js'

type Emit = (envelope: Envelope) => void
type Out = (value: unknown) => void

/** Of the other side's invocations, what an error needs to know. */
interface Invoked {
  readonly handlerId: string
  /** The head has been written: only an error frame can still say that something went wrong. */
  begun: boolean
}

/**
 * A handler's answer is a stream of messages, each written as it is. `timeoutMs`: how long a handler
 * may take until its first. Degrades: nothing is cancelled by a message (the other side closes the
 * connection), deadlines do not travel.
 */
export function handlersProtocol(timeoutMs: number): Protocol {
  return {
    name: 'zap handlers',
    params: 'value',
    wire: originalWire(),
    dialect: () => new HandlersDialect(timeoutMs),
  }
}

class HandlersDialect implements Dialect<unknown> {
  readonly can = { request: true, error: true, item: true, end: true, notify: true } as const
  readonly #timeoutMs: number
  readonly #invoked = new Map<number, Invoked>()
  #lastId = 0

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  read(value: unknown, emit: Emit, reply?: Out): void {
    const message = readMessage(value)
    switch (message?.type) {
      case 'invoke_handler': {
        const id = ++this.#lastId
        this.#invoked.set(id, { handlerId: message.handler_id, begun: false })
        emit({
          kind: 'request',
          id,
          method: message.handler_id,
          params: message.request,
          // What a reader grants where nothing is granted: the connection's own room is the bound.
          window: Number.POSITIVE_INFINITY,
          timeout: this.#timeoutMs,
          meta: undefined,
        })
        break
      }
      case 'health_check':
        reply?.({ type: 'health_check_response' } satisfies Message)
        break
      case 'ws_connect':
      case 'ws_message':
      case 'ws_close':
        emit({ kind: 'notify', method: message.type, params: message, meta: undefined })
        break
      default:
        reply?.(unknownType(value))
    }
  }

  write(envelope: Envelope, out: Out): void {
    switch (envelope.kind) {
      case 'item': {
        const invoked = this.#invoked.get(envelope.id)
        if (invoked !== undefined) invoked.begun = true
        out(envelope.value)
        break
      }
      case 'end':
        // The last message has said so.
        this.#invoked.delete(envelope.id)
        break
      case 'error':
        this.#failed(envelope.id, envelope.error, out)
        break
      case 'notify':
        out(envelope.params)
        break
      case 'goaway':
        if (envelope.error) out(errorMessage('HANDLER_ERROR', envelope.error.message, 400))
        break
      default:
        break
    }
  }

  #failed(id: number, error: WireError, out: Out): void {
    const invoked = this.#invoked.get(id)
    this.#invoked.delete(id)
    if (invoked === undefined) return
    if (invoked.begun) {
      out(errorMessage('STREAM_ERROR', error.message, 500))
      return
    }
    const status = STATUSES[error.code]
    if (status !== undefined) out(refusal(invoked.handlerId, error, status))
    else if (error.code === 'unknown-method') {
      out(errorMessage('HANDLER_NOT_FOUND', error.message, 404))
    } else out(errorMessage('HANDLER_EXECUTION_ERROR', error.message, 500))
  }
}

/**
 * Errors that the browser should see as what they are. The original's server makes a bare 500 of every
 * error frame, so these are written as responses.
 */
const STATUSES: Readonly<Record<string, number>> = {
  'deadline-exceeded': 504,
  unavailable: 503,
  'resource-exhausted': 503,
}

function refusal(handlerId: string, error: WireError, status: number): HandlerResponseMessage {
  const code = status === 504 ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE'
  return {
    type: 'handler_response',
    handler_id: handlerId,
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(status === 503 && { 'retry-after': '1' }),
    },
    body: JSON.stringify({ error: { code, message: error.message } }),
  }
}

function unknownType(value: unknown): ErrorMessage {
  const type = String((value as { type?: unknown }).type).slice(0, 60)
  return errorMessage('UNKNOWN_MESSAGE_TYPE', `Unknown message type: ${type}`, 400)
}

export function errorMessage(code: string, message: string, status: number): ErrorMessage {
  return { type: 'error', code, message, status, digest: randomUUID() }
}
