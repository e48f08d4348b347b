// The original's splice protocol as a dialect: functions in one process, called from another, with a
// broker in between. All three are here: `worker` has the functions, `host` calls them, `splice` is
// what both connect to.
import { defaultLimits, type Limits, TielineError } from 'tieline'
import { encoded } from 'tieline/codec'
import type { Dialect, Envelope, Protocol, Request } from 'tieline/dialect'
import { malformed } from '../wire/fields.js'
import { Answering } from './answering.js'
import { Asking } from './asking.js'
import { message, type SpliceMessage, spliceWire } from './codec.js'
import {
  CAN_CANCEL,
  CAN_STREAM,
  exportsMessage,
  FieldReader,
  handshake,
  readExports,
  readHealth,
  SPLICE_VERSION,
  type SpliceExport,
  type SpliceHealth,
} from './messages.js'

/** Asks for the list of functions. No function of the original's language can have this name. */
export const LIST_EXPORTS = ' exports'
/** Asks the other side how it is. */
export const HEALTH_CHECK = ' health'

export interface SpliceParts {
  readonly role: 'host' | 'worker' | 'splice'
  /** What this side has: asked for by the other. */
  readonly exports?: readonly SpliceExport[]
  readonly health?: () => SpliceHealth
}

/**
 * Degrades: streams run without credit (the original's acknowledgements are passed over), a deadline
 * of 0 is none, an error's own code and data stay behind.
 */
export function spliceProtocol(parts: SpliceParts): Protocol<SpliceMessage> {
  return {
    name: 'splice',
    params: 'value',
    wire: spliceWire(),
    dialect: (limits = defaultLimits) => new SpliceDialect(parts, limits),
  }
}

/** What a side that connects says first, before its peer is made. */
export function firstWords(role: 'host' | 'worker', limits: Limits): Uint8Array {
  const opening = handshake(role === 'host' ? 'Host' : 'Worker', limits.frameBytes)
  const wire = spliceWire()
  return encoded({ encode: (value, out) => wire.encode(value, out, limits) }, opening)
}

type Emit = (envelope: Envelope) => void
type Out = (message: SpliceMessage) => void

class SpliceDialect implements Dialect<SpliceMessage> {
  readonly can = {
    request: true,
    result: true,
    error: true,
    item: true,
    end: true,
    cancel: true,
    goaway: true,
  } as const
  readonly #parts: SpliceParts
  readonly #answering: Answering
  readonly #asking: Asking
  /** Questions that have no ids: answered in order. */
  readonly #listing: number[] = []
  readonly #checking: number[] = []
  #shaken = false

  constructor(parts: SpliceParts, limits: Limits) {
    this.#parts = parts
    const streaming = (parts.exports ?? []).filter(({ isStreaming }) => isStreaming)
    this.#answering = new Answering(new Set(streaming.map(({ name }) => name)), limits)
    this.#asking = new Asking(limits)
  }

  write(envelope: Envelope, out: Out): void {
    switch (envelope.kind) {
      case 'request':
        out(this.#question(envelope))
        break
      case 'result':
        each([this.#answering.result(envelope.id, envelope.value)], out)
        break
      case 'error':
        each([this.#answering.failed(envelope.id, envelope.error)], out)
        break
      case 'item':
        each(this.#answering.item(envelope.id, envelope.value), out)
        break
      case 'end':
        each(this.#answering.end(envelope.id), out)
        break
      case 'cancel':
        out(message('Cancel', envelope.id))
        break
      case 'goaway':
        // Only the one who calls may end it; the others just close.
        if (this.#parts.role === 'host' && !envelope.error) out(message('Shutdown'))
        break
      default:
        break
    }
  }

  read(received: SpliceMessage, emit: Emit, reply: Out = ignore): void {
    const fields = new FieldReader(received)
    this.#checkShaken(received)
    switch (received.type) {
      case 'Handshake':
        this.#shake(fields, reply)
        break
      case 'HandshakeAck':
        this.#acknowledged(fields)
        break
      case 'ListExports':
        reply(exportsMessage(this.#parts.exports ?? []))
        break
      case 'ListExportsResult':
        answered(this.#listing, readExports(received), emit)
        break
      case 'HealthCheck':
        reply(this.#health())
        break
      case 'HealthStatus':
        answered(this.#checking, readHealth(received), emit)
        break
      case 'Invoke':
        this.#answering.invoked(fields, emit)
        break
      case 'InvokeResult':
        this.#asking.result(fields, emit)
        break
      case 'InvokeError':
        this.#asking.error(fields, emit)
        break
      case 'StreamStart':
        this.#asking.streamStart(fields)
        break
      case 'StreamChunk':
        this.#asking.chunk(fields, emit)
        break
      case 'StreamEnd':
        this.#asking.streamEnd(fields, emit)
        break
      case 'StreamError':
        this.#asking.streamError(fields, emit)
        break
      case 'Cancel': {
        const remoteId = fields.id('request_id')
        const id = this.#answering.cancelled(remoteId)
        if (id !== undefined) emit({ kind: 'cancel', id })
        reply(message('CancelAck', remoteId))
        break
      }
      case 'Shutdown':
        reply(message('ShutdownAck'))
        emit({ kind: 'goaway', error: undefined })
        break
      // The answer to our Shutdown or Cancel, an acknowledgement for a stream that runs without, a line
      // of the other's log: nothing follows from them.
      case 'ShutdownAck':
      case 'CancelAck':
      case 'StreamAck':
      case 'LogEvent':
        break
    }
  }

  #question(request: Request): SpliceMessage {
    if (request.method === LIST_EXPORTS) {
      this.#listing.push(request.id)
      return message('ListExports')
    }
    if (request.method === HEALTH_CHECK) {
      this.#checking.push(request.id)
      return message('HealthCheck')
    }
    return this.#asking.invoke(request)
  }

  #checkShaken({ type }: SpliceMessage): void {
    if (this.#shaken || type === 'Handshake' || type === 'HandshakeAck') return
    throw malformed(`a ${type} came before the handshake`)
  }

  #shake(fields: FieldReader, reply: Out): void {
    if (this.#parts.role !== 'splice' || this.#shaken) {
      throw malformed('a Handshake came out of turn')
    }
    checkVersion(fields.count('protocol_version'))
    const role = fields.oneOf('role', ['Host', 'Worker'] as const)
    if (role !== 'Host') throw malformed('this is for hosts: its functions are its own')
    const capabilities = fields.count('capabilities') & (CAN_STREAM | CAN_CANCEL)
    this.#shaken = true
    const { exports = [] } = this.#parts
    // 16 bytes for the broker's own identity. Nobody looks at them.
    const serverId = new Array<number>(16).fill(0)
    reply(message('HandshakeAck', SPLICE_VERSION, capabilities, serverId, exports.length))
  }

  #acknowledged(fields: FieldReader): void {
    if (this.#parts.role === 'splice' || this.#shaken) {
      throw malformed('a HandshakeAck came out of turn')
    }
    checkVersion(fields.count('protocol_version'))
    this.#shaken = true
  }

  #health(): SpliceMessage {
    const { active, total } = this.#answering
    const known = { uptimeMs: 0, activeRequests: active, totalRequests: total }
    const { uptimeMs, activeRequests, totalRequests } = this.#parts.health?.() ?? known
    return message('HealthStatus', Math.round(uptimeMs), activeRequests, totalRequests)
  }
}

function each(messages: readonly (SpliceMessage | undefined)[], out: Out): void {
  for (const one of messages) if (one !== undefined) out(one)
}

function answered(asked: number[], value: unknown, emit: Emit): void {
  const id = asked.shift()
  if (id === undefined) throw malformed('an answer came that nothing was asked for')
  emit({ kind: 'result', id, value })
}

function ignore(): void {}

function checkVersion(version: number): void {
  if (version === SPLICE_VERSION) return
  const shown = (each: number): string => `${each >>> 16}.${each & 0xffff}`
  const why = `this side speaks splice ${shown(SPLICE_VERSION)}, the other ${shown(version)}`
  throw new TielineError('version-mismatch', why, { origin: 'protocol' })
}
