// Bodies that wait to be fetched over a connection, on whichever side has them. Each is fetched once,
// as a stream with the credit of all streams, or dropped.
import { fail } from 'tieline'
import { CHUNK_BYTES } from './handler-process.js'

export type BodyStream = AsyncIterable<Uint8Array>

interface Parcel {
  readonly body: BodyStream
  readonly over: (fault?: Error) => void
}

export class Parcels {
  readonly #waiting = new Map<number, Parcel>()
  #last = 0

  /** Bodies that were neither fetched nor dropped. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * Keeps a body to be fetched by the number that is returned. `over` is told once: it was read to its
   * end, or left, failed or dropped (with the reason).
   */
  offer(body: BodyStream, over: (fault?: Error) => void): number {
    const number = ++this.#last
    this.#waiting.set(number, { body, over })
    return number
  }

  /** The body of a number. Throws `invalid-argument` when there is none: it can be fetched once. */
  take(number: number): BodyStream {
    const parcel = this.#waiting.get(number)
    if (parcel === undefined) throw fail('invalid-argument', 'there is no such body')
    this.#waiting.delete(number)
    return told(parcel)
  }

  /** Nobody will fetch it. An unknown number is fine: it may have been fetched meanwhile. */
  drop(number: number, reason: Error): void {
    const parcel = this.#waiting.get(number)
    if (parcel === undefined) return
    this.#waiting.delete(number)
    leave(parcel.body)
    parcel.over(reason)
  }

  /** Drops them all: the connection is over. */
  clear(reason: Error): void {
    for (const number of [...this.#waiting.keys()]) this.drop(number, reason)
  }
}

/** The same stream, which tells when it is over. `return` does not wait for a `next` that hangs. */
function told({ body, over }: Parcel): BodyStream {
  let ended = false
  const end = (fault?: Error): void => {
    if (ended) return
    ended = true
    over(fault)
  }
  return {
    [Symbol.asyncIterator]() {
      const items = body[Symbol.asyncIterator]()
      return {
        async next() {
          try {
            const step = await items.next()
            if (step.done === true) end()
            return step
          } catch (error) {
            end(error instanceof Error ? error : new Error(String(error)))
            throw error
          }
        },
        async return() {
          // First told, so that what the source waits for can be given up, then left.
          end(new Error('the reader has left'))
          await items.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** Leaves a stream that nobody has begun to read, so that its `finally` runs. */
export function leave(body: BodyStream): void {
  try {
    // Nobody is left to tell when that fails.
    body[Symbol.asyncIterator]().return?.().then(undefined, ignored)
  } catch {
    // The same, thrown at once.
  }
}

function ignored(): void {}

/** Bytes in pieces of a size at which credit can work. The pieces are views, not copies. */
export async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) {
    yield bytes.subarray(at, at + CHUNK_BYTES)
  }
}
