// A body, watched as it passes: how many bytes, and when it is over.
import type { BridgeRequest, BridgeResponse } from '../server/backend.js'

export interface BodyWatch {
  /** Some bytes have passed. */
  readonly bytes?: (count: number) => void
  /** Once: it was read to its end or left, or has failed with this. */
  readonly over?: (failure?: { readonly error: unknown }) => void
  /** Each step of its source is taken inside of this. */
  readonly inside?: <T>(step: () => T) => T
}

type Body = BridgeRequest['body'] | BridgeResponse['body']

/** The same body. One that is all there is over at once; a stream when it ends, fails or is left. */
export function watchedBody<B extends Body>(body: B, watch: BodyWatch): B {
  if (typeof body === 'object' && !(body instanceof Uint8Array)) {
    return watchedStream(body, watch) as B
  }
  const count = typeof body === 'string' ? Buffer.byteLength(body) : (body?.byteLength ?? 0)
  if (count > 0) watch.bytes?.(count)
  watch.over?.()
  return body
}

/** Written out, not a generator: leaving it must not wait for a chunk that is long in coming. */
function watchedStream(
  body: AsyncIterable<Uint8Array>,
  { bytes, over, inside = (step) => step() }: BodyWatch,
): AsyncIterable<Uint8Array> {
  let ended = false
  const end = (failure?: { readonly error: unknown }): void => {
    if (ended) return
    ended = true
    over?.(failure)
  }
  return {
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]()
      return {
        async next() {
          try {
            const step = await inside(() => chunks.next())
            if (step.done === true) end()
            else bytes?.(step.value.byteLength)
            return step
          } catch (error) {
            end({ error })
            throw error
          }
        },
        async return() {
          end()
          await inside(() => chunks.return?.())
          return { done: true, value: undefined }
        },
      }
    },
  }
}
