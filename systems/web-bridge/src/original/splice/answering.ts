// The invocations of the other side, from Invoke to the last word about them.
import type { Limits } from 'tieline'
import type { Envelope, Metadata, WireError } from 'tieline/dialect'
import { malformed } from '../wire/fields.js'
import { message, type SpliceMessage } from './codec.js'
import { numberOf } from './errors.js'
import type { FieldReader, SpliceId } from './messages.js'
import { bytesOf, valueIn } from './values.js'

/** Characters of a foreign name that are sent back. */
const SHOWN = 100

/** One that is not answered yet. */
interface Owed {
  readonly remoteId: SpliceId
  readonly method: string
  chunks: number
}

export class Answering {
  readonly #limits: Limits
  /** Functions that stream: their invocations look like all others. */
  readonly #streaming: ReadonlySet<string>
  readonly #owed = new Map<number, Owed>()
  readonly #numbers = new Map<SpliceId, number>()
  #lastNumber = 0

  constructor(streaming: ReadonlySet<string>, limits: Limits) {
    this.#streaming = streaming
    this.#limits = limits
  }

  get active(): number {
    return this.#owed.size
  }

  get total(): number {
    return this.#lastNumber
  }

  /** Reads an Invoke. Its ids are the caller's and may have 64 bits: ours are numbers. */
  invoked(fields: FieldReader, emit: (envelope: Envelope) => void): void {
    const remoteId = fields.id('request_id')
    const method = fields.text('function_name')
    const params = valueIn(fields.bytes('params'), this.#limits)
    const deadline = fields.count('deadline_ms')
    const context = fields.within('context')
    context.id('trace_id')
    context.id('span_id')
    const meta = readHeaders(context.list('headers'))
    if (this.#numbers.has(remoteId)) throw malformed('an Invoke uses an id that is in use')
    const id = ++this.#lastNumber
    this.#owed.set(id, { remoteId, method, chunks: 0 })
    this.#numbers.set(remoteId, id)
    const timeout = deadline === 0 ? undefined : deadline
    const window = this.#streaming.has(method) ? Number.POSITIVE_INFINITY : undefined
    emit({ kind: 'request', id, method, params, window, timeout, meta })
  }

  /** The caller has lost interest. Our number of it, if it is not answered yet. */
  cancelled(remoteId: SpliceId): number | undefined {
    const id = this.#numbers.get(remoteId)
    if (id !== undefined) this.#settle(id)
    return id
  }

  result(id: number, value: unknown): SpliceMessage | undefined {
    const owed = this.#settle(id)
    // How long it took is for the broker's log alone, and it puts 0 in its place.
    return owed && message('InvokeResult', owed.remoteId, bytesOf(value), 0)
  }

  /** None, one or two messages. */
  item(id: number, value: unknown): readonly SpliceMessage[] {
    const owed = this.#owed.get(id)
    if (owed === undefined) return []
    const { remoteId } = owed
    const chunk = message('StreamChunk', remoteId, owed.chunks, bytesOf(value))
    // Its window counts the chunks of a reader that acknowledges them, which the original never does.
    const start = owed.chunks === 0 ? [message('StreamStart', remoteId, 0)] : []
    owed.chunks++
    return [...start, chunk]
  }

  end(id: number): readonly SpliceMessage[] {
    const owed = this.#settle(id)
    if (owed === undefined) return []
    const { remoteId, chunks } = owed
    const start = chunks === 0 ? [message('StreamStart', remoteId, 0)] : []
    return [...start, message('StreamEnd', remoteId, chunks)]
  }

  failed(id: number, error: WireError): SpliceMessage | undefined {
    const owed = this.#settle(id)
    if (owed === undefined) return undefined
    const { remoteId, method, chunks } = owed
    const [number, kind] = numberOf(error)
    // In the original's words, by which its callers and ours know it.
    const text =
      error.code === 'unknown-method'
        ? `RPC function '${method.slice(0, SHOWN)}' not implemented`
        : error.message
    if (chunks > 0) return message('StreamError', remoteId, number, text)
    return message('InvokeError', remoteId, number, kind, text, null)
  }

  #settle(id: number): Owed | undefined {
    const owed = this.#owed.get(id)
    if (owed === undefined) return undefined
    this.#owed.delete(id)
    this.#numbers.delete(owed.remoteId)
    return owed
  }
}

function readHeaders(list: readonly unknown[]): Metadata {
  const meta: Record<string, string> = {}
  for (const pair of list) {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : []
    if (typeof name !== 'string' || typeof value !== 'string') {
      throw malformed('headers of Invoke must be pairs of texts')
    }
    if (name !== '__proto__') meta[name] = value
  }
  return meta
}
