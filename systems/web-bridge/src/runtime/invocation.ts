// What a handler has beside its request, for requests that come over our own connection. Everything
// is made when it is asked for: most handlers ask for little of it.
import type { Context } from 'tieline'
import type { HandlerContext, HandlerLog } from '../handlers/handler.js'
import { overBridge } from '../rpc/over-bridge.js'
import { type Rpc, rpcOver } from '../rpc/rpc.js'

export class Invocation implements HandlerContext {
  readonly log: HandlerLog
  readonly #draining: AbortSignal
  readonly #call: Context<unknown>
  readonly #kind: 'request' | 'socket'
  #rpc: Rpc | undefined
  #controller: AbortController | undefined
  #ended: Error | undefined
  #headSent = false
  #watchesDraining = false

  /** A request's calls end with it; a socket's do not, as its `close` may have something to tell. */
  constructor(
    call: Context<unknown>,
    { log, draining }: Pick<HandlerContext, 'log' | 'draining'>,
    kind: 'request' | 'socket',
  ) {
    this.#call = call
    this.#kind = kind
    this.log = log
    this.#draining = draining
  }

  get meta(): Readonly<Record<string, string>> {
    return this.#call.meta
  }

  get draining(): AbortSignal {
    this.#watchesDraining = true
    return this.#draining
  }

  /** The handler has asked for `draining`, and so ends by itself what has no end. */
  get watchesDraining(): boolean {
    return this.#watchesDraining
  }

  get rpc(): Rpc {
    const within = this.#kind === 'request' ? () => this : undefined
    this.#rpc ??= rpcOver(overBridge(this.#call.peer, within))
    return this.#rpc
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      this.#controller = controller
      const { signal } = this.#call
      // Also after the head: the connection may be lost while the body streams.
      if (signal.aborted) controller.abort(signal.reason)
      else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
      if (this.#ended) controller.abort(this.#ended)
    }
    return this.#controller.signal
  }

  /** The deadline is the head's: a body may take as long as it does. A getter, as handlers take contexts apart. */
  get remaining(): () => number {
    return () => (this.#headSent ? Number.POSITIVE_INFINITY : this.#call.remaining())
  }

  /** The head is answered and a body streams from here on. */
  headSent(): void {
    this.#headSent = true
  }

  /** Whatever the handler still does is for nobody. */
  end(reason: Error): void {
    this.#ended ??= reason
    this.#controller?.abort(reason)
  }
}
