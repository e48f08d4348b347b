// The server's side of the original's handler socket as a dialect: one invocation at a time on a
// connection, as its messages have no ids, and WebSockets and health checks beside it.
import type { Dialect, Envelope, Protocol } from 'tieline/dialect'
import { bytesOfBase64 } from '../wire/base64.js'
import { malformed } from '../wire/fields.js'
import { originalWire } from '../wire/frames.js'
import { type ErrorMessage, type Message, readMessage, type StreamChunk } from '../wire/messages.js'

/** What a health check is called by. It is a call; invocations are streams, so no handler can have its name. */
export const HEALTH = 'health_check'

/** What an `error` message of the handlers' side is called by; its own code is in the error's data. */
export const HANDLER_ERROR = 'handler-error'

/**
 * An invocation is a stream whose first item is the head (`handler_response` or `stream_start`) and
 * whose others are the chunks, as bytes. Degrades: nothing can be cancelled by a message.
 */
export function backendProtocol(): Protocol {
  return {
    name: 'zap server',
    params: 'value',
    wire: originalWire(),
    dialect: () => new BackendDialect(),
  }
}

type Emit = (envelope: Envelope) => void

class BackendDialect implements Dialect<unknown> {
  readonly can = {
    request: true,
    result: true,
    error: true,
    item: true,
    end: true,
    notify: true,
  } as const
  /** The invocation whose answer is due, and its stream once that has begun. */
  #invoked: number | undefined
  #streamId: string | undefined
  /** Health checks whose answers are due, in order. */
  readonly #checks: { readonly id: number; failed: boolean }[] = []

  write(envelope: Envelope, out: (value: unknown) => void): void {
    if (envelope.kind === 'notify') {
      out(envelope.params)
    } else if (envelope.kind === 'request') {
      if (envelope.window === undefined) {
        this.#checks.push({ id: envelope.id, failed: false })
        out({ type: 'health_check' } satisfies Message)
      } else {
        this.#invoked = envelope.id
        this.#streamId = undefined
        out(envelope.params)
      }
    }
  }

  read(value: unknown, emit: Emit): void {
    const message = readMessage(value)
    switch (message?.type) {
      case 'handler_response': {
        const id = this.#due('handler_response')
        emit({ kind: 'item', id, from: 'callee', value: message })
        this.#end(id, emit)
        break
      }
      case 'stream_start': {
        const id = this.#due('stream_start')
        this.#streamId = message.stream_id
        emit({ kind: 'item', id, from: 'callee', value: message })
        break
      }
      case 'stream_chunk':
        this.#chunk(message, emit)
        break
      case 'stream_end':
        this.#end(this.#streaming(message.stream_id, 'stream_end'), emit)
        break
      case 'error':
        this.#failed(message, emit)
        break
      case 'health_check_response': {
        const check = this.#checks.shift()
        if (check === undefined)
          throw malformed('a health_check_response came that nobody asked for')
        if (!check.failed) emit({ kind: 'result', id: check.id, value: true })
        break
      }
      case 'ws_send':
      case 'ws_close':
        emit({ kind: 'notify', method: message.type, params: message, meta: undefined })
        break
      default:
        throw malformed(`handlers may not send a message of type ${shownType(value)}`)
    }
  }

  #due(type: string): number {
    if (this.#invoked === undefined || this.#streamId !== undefined) {
      throw malformed(`a ${type} came that nothing was asked for`)
    }
    return this.#invoked
  }

  #streaming(streamId: string, type: string): number {
    if (this.#invoked === undefined || this.#streamId !== streamId) {
      throw malformed(`a ${type} came for a stream that has not begun`)
    }
    return this.#invoked
  }

  #chunk({ stream_id, data }: StreamChunk, emit: Emit): void {
    const id = this.#streaming(stream_id, 'stream_chunk')
    const value = bytesOfBase64(data, 'data of stream_chunk')
    emit({ kind: 'item', id, from: 'callee', value })
  }

  #end(id: number, emit: Emit): void {
    this.#invoked = undefined
    this.#streamId = undefined
    emit({ kind: 'end', id, from: 'callee' })
  }

  /** Of the invocation; else, on a connection for WebSockets, of what came before the health check. */
  #failed(message: ErrorMessage, emit: Emit): void {
    const { message: text, ...data } = message
    const error = { code: HANDLER_ERROR, message: text, data }
    const id = this.#invoked
    if (id !== undefined) {
      this.#invoked = undefined
      this.#streamId = undefined
      emit({ kind: 'error', id, error })
      return
    }
    const check = this.#checks.find(({ failed }) => !failed)
    if (check === undefined) throw malformed('an error came that nothing was asked for')
    check.failed = true
    emit({ kind: 'error', id: check.id, error })
  }
}

function shownType(value: unknown): string {
  return JSON.stringify(String((value as { type?: unknown }).type).slice(0, 60))
}
