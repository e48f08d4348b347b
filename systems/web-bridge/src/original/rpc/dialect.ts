// The original's functions' socket as a dialect: calls by name with an object of params, answers with
// the id of their call.
import { TielineError } from 'tieline'
import type { Dialect, Envelope, Failure, Protocol, Request } from 'tieline/dialect'
import { anyField, type Fields, fieldsOf, malformed, textField } from '../wire/fields.js'
import { originalWire } from '../wire/frames.js'

/**
 * Milliseconds that a function may take whose caller cannot say how long he waits. An hour: longer
 * than anybody's timeout, and an end for what nobody waits for any more.
 */
const CALL_MS = 3_600_000
/** What the original calls every error. */
const ERROR_TYPE = 'RpcError'
/** Characters of a foreign name that are sent back. */
const SHOWN = 100

/**
 * Degrades: no streams, no notifications, no cancel (a late answer is dropped), no deadlines (the
 * caller keeps his own). A frame that cannot be read ends the connection without a word, as in the
 * original.
 */
export function rpcProtocol(): Protocol {
  return {
    name: 'zap rpc',
    params: 'value',
    wire: originalWire(),
    dialect: () => new RpcDialect(),
  }
}

type Emit = (envelope: Envelope) => void
type Out = (value: unknown) => void

/** A call of the other side that is not answered yet. */
interface Owed {
  readonly requestId: string
  readonly name: string
}

class RpcDialect implements Dialect<unknown> {
  readonly can = { request: true, result: true, error: true } as const
  readonly #owed = new Map<number, Owed>()
  #lastId = 0

  write(envelope: Envelope, out: Out): void {
    switch (envelope.kind) {
      case 'request':
        out(callMessage(envelope))
        break
      case 'result': {
        const owed = this.#settle(envelope.id)
        if (owed) out(resultMessage(owed.requestId, envelope.value))
        break
      }
      case 'error': {
        const owed = this.#settle(envelope.id)
        if (owed) out(failureMessage(owed, envelope))
        break
      }
      default:
        break
    }
  }

  read(value: unknown, emit: Emit, reply?: Out): void {
    const fields = fieldsOf(value, 'an rpc message')
    const type = textField(fields, 'type', 'an rpc message')
    if (type === 'rpc_call') this.#call(fields, emit, reply)
    else if (type === 'rpc_response') {
      emit({ kind: 'result', id: idOf(fields, type), value: anyField(fields, 'result') })
    } else if (type === 'rpc_error') {
      emit({ kind: 'error', id: idOf(fields, type), error: readError(fields) })
    } else
      throw malformed(`there is no rpc message of type ${JSON.stringify(type.slice(0, SHOWN))}`)
  }

  #call(fields: Fields, emit: Emit, reply: Out | undefined): void {
    const name = textField(fields, 'function_name', 'rpc_call')
    const requestId = textField(fields, 'request_id', 'rpc_call')
    const params = anyField(fields, 'params')
    const kind = kindOf(params)
    if (kind !== 'object' && kind !== 'null') {
      reply?.(errorMessage(requestId, `RPC params must be an object, got: ${kind}`, ERROR_TYPE))
      return
    }
    // Its ids are texts, and nothing keeps it from using one twice: ours are numbers.
    const id = ++this.#lastId
    this.#owed.set(id, { requestId, name })
    const rest = { window: undefined, timeout: CALL_MS, meta: undefined }
    emit({ kind: 'request', id, method: name, params, ...rest })
  }

  #settle(id: number): Owed | undefined {
    const owed = this.#owed.get(id)
    this.#owed.delete(id)
    return owed
  }
}

const ID = /^req_0_(\d{1,15})$/

/** In the original's form, `req_<ms>_<n>`; a dialect has no clock. */
function callMessage({ id, method, params }: Request): unknown {
  const kind = kindOf(params ?? null)
  if (kind !== 'object' && kind !== 'null') {
    const message = `${method}: the original takes an object of params or none, not: ${kind}`
    throw new TielineError('invalid-argument', message, { method })
  }
  const request_id = `req_0_${id}`
  return { type: 'rpc_call', function_name: method, params: params ?? {}, request_id }
}

function idOf(fields: Fields, type: string): number {
  const match = ID.exec(textField(fields, 'request_id', type))
  if (match) return Number(match[1])
  throw malformed(`a ${type} came for a call that was never made`)
}

// Keys in alphabetical order, as the original writes them: the same bytes.
function resultMessage(request_id: string, result: unknown): unknown {
  return { request_id, result: result ?? null, type: 'rpc_response' }
}

function errorMessage(request_id: string, error: string, error_type: string): unknown {
  return { error, error_type, request_id, type: 'rpc_error' }
}

/** The original has one type for all errors. An error thrown on purpose has its code in that place. */
function failureMessage({ requestId, name }: Owed, { error: { code, message } }: Failure): unknown {
  if (code === 'unknown-method') {
    const text = `RPC function '${name.slice(0, SHOWN)}' not implemented`
    return errorMessage(requestId, text, ERROR_TYPE)
  }
  return errorMessage(requestId, message, code === 'internal' ? ERROR_TYPE : code)
}

const NOT_IMPLEMENTED = /^RPC function '.*' not implemented$/s

function readError(fields: Fields): { readonly code: string; readonly message: string } {
  const message = textField(fields, 'error', 'rpc_error')
  const type = textField(fields, 'error_type', 'rpc_error')
  if (type !== ERROR_TYPE) return { code: type, message }
  return { code: NOT_IMPLEMENTED.test(message) ? 'unknown-method' : 'remote-error', message }
}

/** As the original names kinds of values. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'bigint' ? 'number' : typeof value
}
