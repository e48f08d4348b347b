// JSON-RPC 2.0 for one connection: envelopes as messages and back. The other side's ids may be any
// text or number, so its requests have numbers of ours here, and their own ids go back with the answers.
import type { Codec } from '../../codec/index.js'
import type { Limits } from '../../limits.js'
import type { Dialect } from '../dialect.js'
import type { Envelope, WireError } from '../envelope.js'
import { type Batch, Batches, smallestAnswer } from './batches.js'
import { Unreadable } from './documents.js'
import {
  errorFrom,
  errorWithoutCode,
  type JsonRpcErrors,
  jsonRpcErrors,
  PARSE_ERROR,
} from './errors.js'
import {
  errorAnswer,
  faultOf,
  idOf,
  invalidRequest,
  isAnswer,
  isMessage,
  type Message,
  type RemoteId,
  type RequestMessage,
} from './messages.js'

export interface JsonRpcForm {
  readonly codec: Codec<unknown>
  readonly errors: JsonRpcErrors
  /** The notification that cancels, if there is one. */
  readonly cancel: string | undefined
  /** What a request without params has in their place. */
  readonly absentParams: object | undefined
}

type Put = (value: unknown) => void
type Emit = (envelope: Envelope) => void

/** No call of ours has it: an answer to something we never asked is counted by the peer, and dropped. */
const NO_CALL = 0
/** Ids stay positive 31-bit integers, which V8 keeps unboxed. */
const LAST_ID = 0x7fff_ffff
/** Takes the place of an error that does not fit into its batch. */
const UNFIT = jsonRpcErrors.write({ code: 'too-large', message: 'it does not fit into the batch' })

export class JsonRpcDialect implements Dialect<unknown> {
  readonly can: Dialect<unknown>['can']
  readonly #form: JsonRpcForm
  readonly #limits: Limits
  /** The other side's ids of the requests that are not answered, by ours. */
  readonly #open = new Map<number, RemoteId>()
  /** The batch that such a request came in, if it came in one. */
  readonly #batchOf = new Map<number, Batch>()
  readonly #batches: Batches
  /** Requests of ours that were taken back. They are answered all the same, and nobody waits for that. */
  readonly #cancelled = new Set<number>()
  #lastId = 0

  constructor(form: JsonRpcForm, limits: Limits) {
    this.#form = form
    this.#limits = limits
    this.#batches = new Batches(form.codec, limits)
    const always = { request: true, result: true, error: true, notify: true } as const
    this.can = form.cancel === undefined ? always : { ...always, cancel: true }
  }

  write(envelope: Envelope, out: Put): void {
    switch (envelope.kind) {
      case 'request': {
        const { id, method, window } = envelope
        // A stream's request has no form; the peer refuses it before it comes here.
        if (window !== undefined) return
        if (this.#cancelled.size > 0) this.#cancelled.delete(id)
        out({ jsonrpc: '2.0', method, params: this.#params(envelope.params), id })
        break
      }
      case 'notify': {
        const { method } = envelope
        out({ jsonrpc: '2.0', method, params: this.#params(envelope.params) })
        break
      }
      case 'result':
        this.#answer(envelope.id, out, (id) => {
          const { value } = envelope
          return { jsonrpc: '2.0', result: value === undefined ? null : value, id }
        })
        break
      case 'error':
        this.#fail(envelope.id, envelope.error, out)
        break
      case 'cancel':
        this.#cancel(envelope.id, out)
        break
      case 'goaway':
        // There is no word for a farewell, only one for what was wrong with what came.
        if (envelope.error) out(this.#lastWords(envelope.error))
        break
    }
  }

  read(value: unknown, emit: Emit, reply: Put = unheard): void {
    if (Array.isArray(value)) {
      this.#readBatch(value, emit, reply)
      return
    }
    const refusal = this.#readOne(value, emit, reply, undefined)
    if (refusal !== undefined) reply(refusal)
  }

  #cancel(id: number, out: Put): void {
    const { cancel } = this.#form
    if (cancel === undefined) return
    out({ jsonrpc: '2.0', method: cancel, params: { id } })
    this.#cancelled.add(id)
    // One that never answers must not make it grow: the oldest answer is one that was not expected.
    const [oldest] = this.#cancelled
    if (this.#cancelled.size > this.#limits.calls) this.#cancelled.delete(oldest as number)
  }

  #params(params: unknown): unknown {
    if (params === undefined || params === null) return this.#form.absentParams
    return isStructured(params) ? params : [params]
  }

  /** Reads one message. Returns what is to be answered when it is none. */
  #readOne(value: unknown, emit: Emit, reply: Put, batch: Batch | undefined): unknown {
    if (value instanceof Unreadable) {
      const message = `parse error: ${value.error.message}`
      return errorAnswer(null, { code: PARSE_ERROR, message })
    }
    if (!isMessage(value)) return invalidRequest(null, 'not an object')
    if (isAnswer(value)) {
      this.#readAnswer(value, emit)
      return undefined
    }
    const fault = faultOf(value)
    if (fault !== undefined) return invalidRequest(idOf(value), fault)
    this.#readRequest(value as RequestMessage, emit, reply, batch)
    return undefined
  }

  #readAnswer(message: Message, emit: Emit): void {
    const { id, error, result } = message
    const ours = typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : NO_CALL
    if (this.#cancelled.size > 0 && this.#cancelled.delete(ours)) return
    if (error === undefined || error === null) {
      emit({ kind: 'result', id: ours, value: result })
      return
    }
    const read = errorFrom(error)
    const wireError = read ? this.#form.errors.read(read) : errorWithoutCode(error)
    emit({ kind: 'error', id: ours, error: wireError })
  }

  #readRequest(message: RequestMessage, emit: Emit, reply: Put, batch: Batch | undefined): void {
    const { method, id } = message
    const params: unknown = message.params ?? undefined
    if (id !== undefined) {
      const ours = this.#idFor(id)
      this.#open.set(ours, id)
      if (batch) this.#batchOf.set(ours, batch)
      const none = { window: undefined, timeout: undefined, meta: undefined }
      emit({ kind: 'request', id: ours, method, params, ...none })
    } else if (method === this.#form.cancel) {
      this.#readCancel(params, emit, reply)
    } else {
      emit({ kind: 'notify', method, params, meta: undefined })
    }
  }

  /**
   * The peer answers nothing to what was cancelled, but here every request has its answer. Two
   * requests of the same id are both meant. A cancel that names none comes too late, or is none.
   */
  #readCancel(params: unknown, emit: Emit, reply: Put): void {
    const id = (params as { id?: unknown } | undefined)?.id
    // Any number of requests may have the id null: it names none of them.
    if (id === undefined || id === null) return
    for (const [ours, theirs] of this.#open) {
      if (theirs !== id) continue
      this.#fail(ours, { code: 'cancelled', message: 'the request was cancelled' }, reply)
      emit({ kind: 'cancel', id: ours })
    }
  }

  #readBatch(values: readonly unknown[], emit: Emit, reply: Put): void {
    if (values.length === 0) {
      reply(invalidRequest(null, 'an empty batch'))
      return
    }
    if (values.length > this.#limits.calls) {
      const why = `a batch of ${values.length} messages (limit calls is ${this.#limits.calls})`
      reply(invalidRequest(null, why))
      return
    }
    let count = 0
    let bytes = 0
    for (const value of values) {
      const id = answeredTo(value)
      if (id === undefined) continue
      count++
      bytes += smallestAnswer(id)
    }
    const batch = count === 0 ? undefined : this.#batches.begin(count, bytes)
    if (batch && 'code' in batch) {
      reply(errorAnswer(null, this.#form.errors.write(batch)))
      return
    }
    for (const value of values) {
      const refusal = this.#readOne(value, emit, reply, batch)
      if (refusal !== undefined) batch?.add(answeredTo(value) ?? null, refusal, reply)
    }
  }

  /** Most ids are small numbers, which do as they are. */
  #idFor(id: RemoteId): number {
    const fits = typeof id === 'number' && Number.isInteger(id) && id > 0 && id <= LAST_ID
    if (fits && !this.#open.has(id)) return id
    do this.#lastId = this.#lastId === LAST_ID ? 1 : this.#lastId + 1
    while (this.#open.has(this.#lastId))
    return this.#lastId
  }

  /** Sends the answer to a request that is open. One that cannot be sent leaves it open, for an error. */
  #answer(ours: number, out: Put, made: (id: RemoteId) => unknown): void {
    const id = this.#open.get(ours)
    // Cancelled, and answered as that.
    if (id === undefined) return
    const batch = this.#batchOf.size > 0 ? this.#batchOf.get(ours) : undefined
    if (batch) {
      batch.add(id, made(id), out)
      this.#batchOf.delete(ours)
    } else {
      out(made(id))
    }
    this.#open.delete(ours)
  }

  #fail(ours: number, error: WireError, out: Put): void {
    try {
      this.#answer(ours, out, (id) => errorAnswer(id, this.#form.errors.write(error)))
    } catch (reason) {
      if (!this.#batchOf.has(ours)) throw reason
      // The others of its batch wait for it, so it must be answered: it has room for this much.
      this.#answer(ours, out, (id) => errorAnswer(id, UNFIT))
    }
  }

  #lastWords(error: WireError): unknown {
    if (error.code !== 'malformed') return errorAnswer(null, this.#form.errors.write(error))
    return errorAnswer(null, { code: PARSE_ERROR, message: `parse error: ${error.message}` })
  }
}

/** Whether it is an object or an array when it is written. */
function isStructured(params: unknown): boolean {
  if (typeof params !== 'object' || params === null) return false
  return Array.isArray(params) || typeof (params as { toJSON?: unknown }).toJSON !== 'function'
}

/** The id that a member of a batch is answered with; undefined when it has no answer. */
function answeredTo(value: unknown): RemoteId | undefined {
  if (!isMessage(value)) return null
  if (isAnswer(value)) return undefined
  if (faultOf(value) !== undefined) return idOf(value)
  return (value as RequestMessage).id
}

// A reader that does not want what the dialect has to say by itself.
function unheard(): void {}
