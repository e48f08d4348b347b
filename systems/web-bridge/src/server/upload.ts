// The body of a request: none, a small one read whole, or a large one read as fast as it is taken. The
// limit is checked from the header before a byte is read, and counted where there is no such header.
import type { IncomingMessage } from 'node:http'
import { TielineError } from 'tieline'
import { INLINE_BYTES } from '../contract/handler-process.js'

/** The bytes that a request says it has; undefined: it streams them without saying. */
export function announcedLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length']
  if (length !== undefined) return Number(length)
  return headers['transfer-encoding'] === undefined ? 0 : undefined
}

export function tooLarge(limit: number): TielineError {
  return new TielineError('too-large', `the body has more than ${limit} bytes (maxBodyBytes)`)
}

/** Small enough to travel in the message to the handler, so that it can also be sent again. */
export function isSmall(length: number | undefined): length is number {
  return length !== undefined && length <= INLINE_BYTES
}

/**
 * All of a small body. Rejects `cancelled` when the browser leaves in between, `request-timeout`
 * when it takes longer than that.
 */
export function readWhole(request: IncomingMessage, withinMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const timer = setTimeout(() => {
      const message = `the browser did not send its body within ${withinMs} ms`
      settle(() => reject(new TielineError('request-timeout', message)))
    }, withinMs)
    const take = (chunk: Buffer): void => {
      chunks.push(chunk)
    }
    const end = (): void => {
      const [only] = chunks
      settle(() =>
        resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)),
      )
    }
    const gone = (): void => settle(() => reject(browserGone()))
    const settle = (how: () => void): void => {
      clearTimeout(timer)
      request.off('data', take).off('end', end).off('close', gone).off('error', gone)
      how()
    }
    request.on('data', take).on('end', end).on('close', gone).on('error', gone)
  })
}

function browserGone(): TielineError {
  return new TielineError('cancelled', 'the browser has gone')
}

/** What an upload tells of how it goes. */
export interface UploadHooks {
  /** Bytes have been taken by the handler, or the handler asks for more. */
  readonly progress: () => void
}

/** A body as a stream that stops at a limit. It can be read once. */
export class Upload implements AsyncIterable<Uint8Array> {
  /** Why it could not be read to its end: whatever the handler made of that, this is the cause. */
  fault: TielineError | undefined
  /** The handler waits for the browser; otherwise the browser waits for the handler. */
  waitsForBrowser = false
  readonly #request: IncomingMessage
  readonly #limit: number
  readonly #hooks: UploadHooks

  constructor(request: IncomingMessage, limit: number, hooks: UploadHooks) {
    this.#request = request
    this.#limit = limit
    this.#hooks = hooks
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    // The socket must live on for the response.
    const chunks = this.#request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
    let bytes = 0
    const end = async (): Promise<IteratorResult<Uint8Array>> => {
      await chunks.return?.()
      return { done: true, value: undefined }
    }
    return {
      next: async () => {
        this.#hooks.progress()
        this.waitsForBrowser = true
        try {
          const step = await chunks.next()
          if (step.done === true) return { done: true, value: undefined }
          bytes += step.value.byteLength
          if (bytes > this.#limit) throw tooLarge(this.#limit)
          return { done: false, value: step.value }
        } catch (error) {
          this.fault = error instanceof TielineError ? error : browserGone()
          void end()
          throw this.fault
        } finally {
          this.waitsForBrowser = false
          this.#hooks.progress()
        }
      },
      return: end,
    }
  }
}
