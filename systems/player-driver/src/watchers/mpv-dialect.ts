// mpv's JSON IPC as a dialect: one JSON object a line, requests told apart by `request_id`, events
// pushed at any moment. We are always the client: mpv calls nobody.
import { TielineError } from 'tieline'
import type { Dialect, Envelope } from 'tieline/dialect'

/** What mpv puts where the error of a reply would be when there is none. */
const SUCCESS = 'success'
/** mpv answers a command without an id under this one. Our ids begin at 1. */
const NO_ID = 0

/**
 * A request's method is the command's name, its params an array of the command's arguments (or
 * nothing). An event becomes a notification of the event's name with the event's other fields as an
 * object. Degrades: no cancel (the late reply is ignored), no streams, no handshake.
 */
export function mpvDialect(): Dialect<unknown> {
  return {
    can: { request: true, notify: true },
    write(envelope, out) {
      if (envelope.kind === 'request') {
        out({ command: command(envelope.method, envelope.params), request_id: envelope.id })
      } else if (envelope.kind === 'notify') {
        out({ command: command(envelope.method, envelope.params) })
      }
    },
    read(value, emit) {
      const message = objectOf(value)
      if (typeof message.event === 'string') {
        const { event, ...params } = message
        emit({ kind: 'notify', method: event as string, params, meta: undefined })
        return
      }
      const reply = readReply(message)
      if (reply) emit(reply)
    },
  }
}

function command(method: string, params: unknown): unknown[] {
  if (params === undefined || params === null) return [method]
  if (Array.isArray(params)) return [method, ...(params as unknown[])]
  throw new TielineError('invalid-argument', `mpv takes a list of arguments: ${method}`, { method })
}

function readReply(message: Record<string, unknown>): Envelope | undefined {
  const { error, request_id: id } = message
  if (typeof error !== 'string') throw malformed('a message of mpv has neither event nor error')
  if (id === undefined || id === NO_ID) return undefined
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    throw malformed('a request_id of mpv must be the integer that was sent')
  }
  // A command that yields nothing is answered without data.
  if (error === SUCCESS) return { kind: 'result', id, value: message.data ?? null }
  return { kind: 'error', id, error: { code: codeOf(error), message: error, data: message.data } }
}

/** mpv's texts for what a program wants to tell apart. */
const CODES = new Map([
  ['property unavailable', 'property-unavailable'],
  ['property not found', 'unknown-property'],
  ['invalid parameter', 'invalid-argument'],
])

function codeOf(error: string): string {
  return CODES.get(error) ?? 'remote-error'
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw malformed('a message of mpv must be a JSON object')
}

/** Ends the connection: what answers is not mpv. */
function malformed(message: string): TielineError {
  return new TielineError('malformed', message, { origin: 'protocol' })
}
