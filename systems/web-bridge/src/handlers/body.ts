// A request's body as a handler reads it: as it comes, or all of it, up to a limit.
import type { RequestBody } from './handler.js'
import { HttpError } from './reply.js'

/** What a body comes from. Text is what wires without bytes carry. */
export type BodyOrigin = Uint8Array | string | AsyncIterable<Uint8Array> | undefined

/** Bytes of a body that is read whole. 16 MiB, as much as one frame may have. */
const WHOLE_BYTES = 16 * 1024 * 1024

const encoder = new TextEncoder()

/** The body of one request. */
export class Body implements RequestBody {
  readonly #origin: BodyOrigin
  #taken = false

  constructor(origin: BodyOrigin) {
    this.#origin = origin
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const origin = this.#take()
    if (origin === undefined) return none()
    return isWhole(origin) ? once(bytesOf(origin)) : origin[Symbol.asyncIterator]()
  }

  async bytes({ limit = WHOLE_BYTES }: { readonly limit?: number } = {}): Promise<Uint8Array> {
    const origin = this.#take()
    if (origin === undefined) return new Uint8Array(0)
    if (isWhole(origin)) return within(limit, bytesOf(origin))
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of origin) {
      length += chunk.byteLength
      if (length > limit) throw tooLarge(limit)
      chunks.push(chunk)
    }
    return joined(chunks, length)
  }

  async text(options?: { readonly limit?: number }): Promise<string> {
    return new TextDecoder().decode(await this.bytes(options))
  }

  async json(options?: { readonly limit?: number }): Promise<unknown> {
    const text = await this.text(options)
    try {
      return withoutProto(JSON.parse(text))
    } catch (cause) {
      throw new HttpError(400, 'the body is not JSON', { code: 'MALFORMED_BODY', cause })
    }
  }

  #take(): BodyOrigin {
    if (this.#taken) throw new TypeError('the body was read already')
    this.#taken = true
    return this.#origin
  }
}

/** JSON.parse makes an own `__proto__`, which a later copy by assignment would obey. */
function withoutProto(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const pending: object[] = [value]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (Object.hasOwn(next, '__proto__')) Reflect.deleteProperty(next, '__proto__')
    for (const inner of Object.values(next)) {
      if (typeof inner === 'object' && inner !== null) pending.push(inner)
    }
  }
  return value
}

function isWhole(origin: NonNullable<BodyOrigin>): origin is string | Uint8Array {
  return typeof origin === 'string' || origin instanceof Uint8Array
}

function bytesOf(origin: string | Uint8Array): Uint8Array {
  return typeof origin === 'string' ? encoder.encode(origin) : origin
}

function within(limit: number, bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength > limit) throw tooLarge(limit)
  return bytes
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `the body is larger than ${limit} bytes`, { code: 'BODY_TOO_LARGE' })
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes
}
