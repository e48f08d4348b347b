// One browser's WebSocket in the handler's process: the browser's messages come as the items of a
// call, the handler's go out as the items of its answer, and either side waits for the other.
import { type Context, fail, TielineError } from 'tieline'
import {
  SERVICE_RESTART,
  type SocketFrame,
  type SocketParams,
} from '../contract/handler-process.js'
import type { HandlerRequest, HandlerSocket } from '../handlers/handler.js'
import { ReceivedRequest } from '../handlers/request.js'
import type { AnswerParts } from './answers.js'
import { Invocation } from './invocation.js'

/** RFC 6455, 7.4.1: a normal end; and nobody said why. */
const NORMAL = 1000
const ABNORMAL = 1006

interface Leaving {
  readonly frame: SocketFrame
  readonly sent: () => void
  readonly failed: (error: Error) => void
}

/** The frames that go to the browser. The first is null: the handler has the socket. */
export function socketFrames(
  params: SocketParams,
  call: Context<SocketFrame>,
  parts: AnswerParts,
): AsyncIterable<SocketFrame> {
  const session = new SocketSession(params, call, parts)
  return { [Symbol.asyncIterator]: () => session }
}

class SocketSession implements HandlerSocket, AsyncIterator<SocketFrame> {
  readonly id: string
  readonly request: Omit<HandlerRequest, 'body'>
  readonly #route: string
  readonly #call: Context<SocketFrame>
  readonly #parts: AnswerParts
  readonly #invocation: Invocation
  #leaving: Leaving[] = []
  #wanted: ((step: IteratorResult<SocketFrame>) => void) | undefined
  #begun = false
  #closing = false
  #over = false

  constructor(params: SocketParams, call: Context<SocketFrame>, parts: AnswerParts) {
    const [route, id, requestId, url, routeParams, headers] = params
    if (typeof route !== 'string' || typeof id !== 'string' || typeof url !== 'string') {
      throw fail('invalid-argument', 'socket takes [route, socket, id, url, params, headers]')
    }
    this.id = id
    this.#route = route
    this.#call = call
    this.#parts = parts
    this.#invocation = new Invocation(call, parts, 'socket')
    this.#invocation.headSent()
    this.request = new ReceivedRequest({
      requestId,
      method: 'GET',
      url,
      params: routeParams,
      headers,
      body: undefined,
    })
  }

  send(data: string | Uint8Array): Promise<void> {
    const gone = this.#closing || this.#over
    const taken = gone
      ? Promise.reject(closed())
      : new Promise<void>((sent, failed) => this.#put({ frame: data, sent, failed }))
    // A handler that does not wait for it, as in a timer, must not end its process.
    taken.catch(ignored)
    return taken
  }

  close(code = NORMAL, reason = ''): void {
    if (this.#closing || this.#over) return
    this.#closing = true
    this.#put({ frame: [code, reason], sent: ignored, failed: ignored })
  }

  async next(): Promise<IteratorResult<SocketFrame>> {
    if (!this.#begun) {
      this.#begun = true
      if (
        !this.#parts.runtime.routes.some(({ id, kind }) => id === this.#route && kind === 'socket')
      ) {
        this.#over = true
        throw fail('unknown-method', 'there is no such socket route')
      }
      void this.#run().catch(() => this.#end())
      return { done: false, value: null }
    }
    const first = this.#leaving.shift()
    if (first !== undefined) {
      first.sent()
      return { done: false, value: first.frame }
    }
    if (this.#over) return { done: true, value: undefined }
    return new Promise((resolve) => {
      this.#wanted = resolve
    })
  }

  /** The server reads no more: the browser or the connection has gone. */
  async return(): Promise<IteratorResult<SocketFrame>> {
    this.#end()
    return { done: true, value: undefined }
  }

  #put(leaving: Leaving): void {
    const wanted = this.#wanted
    this.#wanted = undefined
    if (wanted === undefined) {
      this.#leaving.push(leaving)
      return
    }
    leaving.sent()
    wanted({ done: false, value: leaving.frame })
  }

  async #run(): Promise<void> {
    let why = { code: ABNORMAL, reason: '' }
    const open = await this.#parts.runtime.open(this.#route, this, this.#invocation)
    let busy: Promise<void> = Promise.resolve()
    // A socket has no end of its own: what is in flight is the message that its handler is at work on.
    let restarting = false
    const restart = (): void => {
      if (this.#invocation.watchesDraining) return
      restarting = true
      void busy.then(() => this.close(SERVICE_RESTART, 'restarting'))
    }
    const { draining } = this.#parts
    draining.addEventListener('abort', restart)
    if (draining.aborted) restart()
    try {
      // One frame ahead of the handler, so that the end is known while it is still at work.
      for await (const frame of this.#call.items) {
        if (typeof frame === 'string' || frame instanceof Uint8Array) {
          await busy
          // Closed from here: as in a browser, what was on its way is nobody's any more.
          if (!restarting && !this.#closing) busy = open.message(frame)
        } else if (frame !== null) {
          why = { code: Number(frame[0]), reason: String(frame[1]) }
          this.#invocation.end(closed())
        }
      }
    } catch {
      // The items end with an error when the connection is lost or the call cancelled: 1006 says that.
    } finally {
      draining.removeEventListener('abort', restart)
    }
    this.#invocation.end(closed())
    await busy
    await open.closed(why.code, why.reason)
    this.#end()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#invocation.end(closed())
    const rest = this.#leaving
    // A close that the handler asked for still goes out, if anybody reads.
    this.#leaving = rest.filter(({ frame }) => Array.isArray(frame))
    for (const { frame, failed } of rest) if (!Array.isArray(frame)) failed(closed())
    this.#wanted?.({ done: true, value: undefined })
    this.#wanted = undefined
  }
}

function closed(): TielineError {
  return new TielineError('cancelled', 'the socket is closed', { origin: 'local' })
}

function ignored(): void {}
