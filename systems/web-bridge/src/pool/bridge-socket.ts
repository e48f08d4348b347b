// One WebSocket between a browser and its handler process, over one stream of the connection: each
// direction is read only as fast as its other end takes it.
import type { Client } from 'tieline'
import { TielineError } from 'tieline'
import type { HandlerProcess, SocketFrame, SocketParams } from '../contract/handler-process.js'
import type { BackendSocket, BrowserSocket, InvokeContext } from '../server/backend.js'

export interface BridgeSocketParts {
  readonly params: SocketParams
  readonly browser: BrowserSocket
  readonly context: InvokeContext
  /** Told once, when the conversation with the handler is over. Not told when this function rejects. */
  readonly over: () => void
}

/** RFC 6455, 7.4.1: the handler ended without a word, or its process is gone. */
const NORMAL = 1000
const UNEXPECTED = 1011

interface Waiting {
  readonly frame: SocketFrame
  readonly taken: () => void
}

/** Resolves when the handler has the socket; rejects with why it can not have it. */
export async function bridgeSocket(
  handlers: Client<typeof HandlerProcess>,
  { params, browser, context, over }: BridgeSocketParts,
): Promise<BackendSocket> {
  const { timeoutMs: timeout, meta } = context
  const toHandler = new FrameQueue()
  // Its own signal: the socket outlives the request that opened it.
  const frames = handlers.socket(params, { items: toHandler, timeout, meta })
  const first = await frames.next()
  if (first.done === true) throw new TielineError('unavailable', 'the handler took no socket')
  void toBrowser(frames, browser).finally(() => {
    toHandler.end()
    over()
  })
  return {
    message: (data) => toHandler.put(data),
    closed(code, reason) {
      void toHandler.put([code, reason])
      toHandler.end()
    },
  }
}

async function toBrowser(
  frames: AsyncIterable<SocketFrame>,
  browser: BrowserSocket,
): Promise<void> {
  try {
    for await (const frame of frames) {
      if (typeof frame === 'string' || frame instanceof Uint8Array) await browser.send(frame)
      else if (frame !== null) browser.close(frame[0], frame[1])
    }
    browser.close(NORMAL)
  } catch {
    // The handler process is gone, or the browser is: closing is all there is to do, and idempotent.
    browser.close(UNEXPECTED, 'the handler is gone')
  }
}

/** Frames on their way to the handler, one at a time: `put` resolves when it was taken. */
class FrameQueue implements AsyncIterable<SocketFrame>, AsyncIterator<SocketFrame> {
  readonly #waiting: Waiting[] = []
  #wanted: ((step: IteratorResult<SocketFrame>) => void) | undefined
  #ended = false

  put(frame: SocketFrame): Promise<void> {
    if (this.#ended) return Promise.resolve()
    const wanted = this.#wanted
    if (wanted !== undefined) {
      this.#wanted = undefined
      wanted({ done: false, value: frame })
      return Promise.resolve()
    }
    return new Promise((taken) => this.#waiting.push({ frame, taken }))
  }

  /** What was put before is still taken. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#wanted?.({ done: true, value: undefined })
    this.#wanted = undefined
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<SocketFrame>> {
    const first = this.#waiting.shift()
    if (first !== undefined) {
      first.taken()
      return { done: false, value: first.frame }
    }
    if (this.#ended) return { done: true, value: undefined }
    return new Promise((resolve) => {
      this.#wanted = resolve
    })
  }

  async return(): Promise<IteratorResult<SocketFrame>> {
    this.#ended = true
    for (const { taken } of this.#waiting.splice(0)) taken()
    return { done: true, value: undefined }
  }
}
