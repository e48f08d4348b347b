// This side's invocations, from Invoke to the answer. Answers to ids that nobody waits for any more are
// passed over: a cancel crosses them on the way.
import type { Limits } from 'tieline'
import type { Envelope, Request } from 'tieline/dialect'
import { malformed } from '../wire/fields.js'
import { message, type SpliceMessage } from './codec.js'
import { codeOf, KINDS } from './errors.js'
import type { FieldReader } from './messages.js'
import { bytesOf, valueIn } from './values.js'

/** Milliseconds that fit the deadline's 32 bits. */
const MOST_MS = 0xffff_ffff

type Emit = (envelope: Envelope) => void

interface Asked {
  readonly streams: boolean
  chunks: number
}

export class Asking {
  readonly #limits: Limits
  readonly #asked = new Map<number, Asked>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  invoke({ id, method, params, timeout, window, meta }: Request): SpliceMessage {
    const deadline = timeout === undefined ? 0 : Math.min(MOST_MS, Math.max(1, Math.round(timeout)))
    const context = [0, 0, Object.entries(meta ?? {}), null]
    const invoke = message('Invoke', id, method, bytesOf(params ?? {}), deadline, context)
    this.#asked.set(id, { streams: window !== undefined, chunks: 0 })
    return invoke
  }

  result(fields: FieldReader, emit: Emit): void {
    const id = this.#idOf(fields)
    const bytes = fields.bytes('result')
    const asked = this.#settle(id)
    if (asked === undefined) return
    const value = valueIn(bytes, this.#limits)
    if (!asked.streams) {
      emit({ kind: 'result', id, value })
      return
    }
    // A function with one answer, called as if it streamed.
    emit({ kind: 'item', id, from: 'callee', value })
    emit({ kind: 'end', id, from: 'callee' })
  }

  error(fields: FieldReader, emit: Emit): void {
    const id = this.#idOf(fields)
    const code = codeOf(fields.count('code'))
    fields.oneOf('kind', KINDS)
    this.#failed(id, { code, message: fields.text('message') }, emit)
  }

  streamError(fields: FieldReader, emit: Emit): void {
    const id = this.#idOf(fields)
    const code = codeOf(fields.count('code'))
    this.#failed(id, { code, message: fields.text('message') }, emit)
  }

  streamStart(fields: FieldReader): void {
    const asked = this.#asked.get(this.#idOf(fields))
    if (asked !== undefined && !asked.streams) throw malformed('a call was answered with a stream')
  }

  chunk(fields: FieldReader, emit: Emit): void {
    const id = this.#idOf(fields)
    const sequence = fields.count('sequence')
    const data = fields.bytes('data')
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    if (!asked.streams || sequence !== asked.chunks) {
      throw malformed('a StreamChunk came out of turn')
    }
    asked.chunks++
    emit({ kind: 'item', id, from: 'callee', value: valueIn(data, this.#limits) })
  }

  streamEnd(fields: FieldReader, emit: Emit): void {
    const id = this.#idOf(fields)
    const asked = this.#settle(id)
    if (asked === undefined) return
    if (!asked.streams) throw malformed('a call was answered with a stream')
    emit({ kind: 'end', id, from: 'callee' })
  }

  #failed(id: number, error: { code: string; message: string }, emit: Emit): void {
    if (this.#settle(id) !== undefined) emit({ kind: 'error', id, error })
  }

  /** One that is too large for a number was never given by us: it belongs to nothing. */
  #idOf(fields: FieldReader): number {
    const id = fields.id('request_id')
    return typeof id === 'number' ? id : -1
  }

  #settle(id: number): Asked | undefined {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    return asked
  }
}
