// A handler's response as the original's messages: one for a text, a stream of base64 for anything else.
import { randomUUID } from 'node:crypto'
import type { ResponseHeaders } from '../../handlers/handler.js'
import type { HandlerResponse } from '../../runtime/runtime.js'
import { base64Of } from '../wire/base64.js'
import type { Message } from '../wire/messages.js'

/** Bytes of one chunk of a body that is cut. A multiple of 3, so that only the last one is padded. */
const CHUNK_BYTES = 48 * 1024
/** Bytes of a text that goes as one message. Larger ones are cut: they need not lie in memory twice. */
const WHOLE_BYTES = 1024 * 1024

/**
 * The messages of one answer. `respond` is asked for the response when the first is wanted. Written
 * out, not a generator: a generator cannot be left while it waits for the body's next chunk.
 */
export class Answer implements AsyncIterableIterator<Message> {
  readonly #handlerId: string
  readonly #respond: () => Promise<HandlerResponse>
  readonly #streamId = `stream_${randomUUID()}`
  #state: 'head' | 'body' | 'over' = 'head'
  #body: AsyncIterator<Uint8Array> | undefined

  constructor(handlerId: string, respond: () => Promise<HandlerResponse>) {
    this.#handlerId = handlerId
    this.#respond = respond
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Message>> {
    if (this.#state === 'head') return this.#head()
    if (this.#state === 'over' || this.#body === undefined) return { done: true, value: undefined }
    for (;;) {
      const step = await this.#body.next()
      // It was left meanwhile.
      if (this.#over) return { done: true, value: undefined }
      if (step.done === true) {
        this.#state = 'over'
        return message({ type: 'stream_end', stream_id: this.#streamId })
      }
      // The original passes over empty chunks.
      if (step.value.byteLength > 0) return this.#chunk(step.value)
    }
  }

  async return(): Promise<IteratorResult<Message>> {
    this.#state = 'over'
    await this.#body?.return?.()
    return { done: true, value: undefined }
  }

  // A getter: the state may have changed while something was awaited.
  get #over(): boolean {
    return this.#state === 'over'
  }

  async #head(): Promise<IteratorResult<Message>> {
    const response = await this.#respond()
    const { body } = response
    if (this.#over) {
      // Nobody reads it any more: what was opened for the body is let go of.
      if (isStream(body)) await body[Symbol.asyncIterator]().return?.()
      return { done: true, value: undefined }
    }
    const { status } = response
    const headers = wireHeaders(response.headers)
    const text = textOf(body)
    if (text !== undefined) {
      this.#state = 'over'
      const handler_id = this.#handlerId
      return message({ type: 'handler_response', handler_id, status, headers, body: text })
    }
    this.#state = 'body'
    this.#body = pieces(body as Exclude<HandlerResponse['body'], undefined>)
    return message({ type: 'stream_start', stream_id: this.#streamId, status, headers })
  }

  #chunk(bytes: Uint8Array): IteratorResult<Message> {
    return message({ type: 'stream_chunk', stream_id: this.#streamId, data: base64Of(bytes) })
  }
}

function message(value: Message): IteratorResult<Message> {
  return { done: false, value }
}

function isStream(body: HandlerResponse['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body as a text, if it is one and is not too long for one message. */
function textOf(body: HandlerResponse['body']): string | undefined {
  if (body === undefined) return ''
  if (typeof body === 'string') return body.length <= WHOLE_BYTES ? body : undefined
  if (!(body instanceof Uint8Array) || body.byteLength > WHOLE_BYTES) return undefined
  try {
    return strict.decode(body)
  } catch {
    // Not UTF-8: as bytes it is carried whole, as a text it would not be.
    return undefined
  }
}

function pieces(body: Exclude<HandlerResponse['body'], undefined>): AsyncIterator<Uint8Array> {
  if (isStream(body)) return new Cut(body[Symbol.asyncIterator]())
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return new Cut([bytes].values())
}

/** Chunks of at most CHUNK_BYTES. */
class Cut implements AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #rest = new Uint8Array(0)

  constructor(source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>) {
    this.#source = source
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#rest.byteLength === 0) {
      const step = await this.#source.next()
      if (step.done === true) return { done: true, value: undefined }
      this.#rest = step.value as Uint8Array<ArrayBuffer>
    }
    const value = this.#rest.subarray(0, CHUNK_BYTES)
    this.#rest = this.#rest.subarray(value.byteLength)
    return { done: false, value }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#source.return?.()
    return { done: true, value: undefined }
  }
}

/** The server says these itself, from the body that it has by then. */
const LENGTHS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/**
 * One text for each name. Several cookies cannot be joined: each gets a spelling of the name of its
 * own, which the original's server passes on as headers of one name.
 */
export function wireHeaders(headers: ResponseHeaders): Readonly<Record<string, string>> {
  const made: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (LENGTHS.has(name)) continue
    if (typeof value === 'string') made[name] = value
    else if (name !== 'set-cookie') made[name] = value.join(', ')
    else for (const [index, each] of value.entries()) made[spelling(name, index)] = each
  }
  return made
}

/** The name with the letters in capitals that `index` has bits for. */
function spelling(name: string, index: number): string {
  let letter = 0
  return name.replace(/[a-z]/g, (each) => ((index >> letter++) & 1 ? each.toUpperCase() : each))
}
