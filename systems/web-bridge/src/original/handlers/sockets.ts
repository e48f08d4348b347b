// The WebSockets that one connection of the original's server brings: opened, told of messages one
// after the other, and closed with the connection at the latest.
import { TielineError } from 'tieline'
import type { Call, Caller } from 'tieline/peer'
import type { HandlerSocket } from '../../handlers/handler.js'
import type { OpenSocket, Runtime } from '../../runtime/runtime.js'
import { base64Of, bytesOfBase64 } from '../wire/base64.js'
import type { Message, WsClose, WsConnect, WsMessage } from '../wire/messages.js'
import { CallContext, type ContextParts } from './context.js'
import { errorMessage } from './dialect.js'
import { upgradeRequest } from './request.js'

/** RFC 6455, 7.4.1. */
const NORMAL = 1000
const NO_STATUS = 1005
const GONE = 1006
const UNEXPECTED = 1011

export class Sockets {
  readonly #runtime: Runtime
  readonly #peer: Caller
  readonly #parts: ContextParts
  readonly #open = new Map<string, Carried>()

  constructor(runtime: Runtime, peer: Caller, parts: ContextParts) {
    this.#runtime = runtime
    this.#peer = peer
    this.#parts = parts
  }

  /** A ws_ message of the server. Resolves when its handler is done with it. */
  take(call: Call): Promise<void> | undefined {
    const message = call.params as WsConnect | WsMessage | WsClose
    const id = message.connection_id
    if (message.type === 'ws_connect') return this.#connect(message, call)
    const socket = this.#open.get(id)
    // Closed meanwhile, from here: what was on its way is nobody's any more.
    if (socket === undefined) return undefined
    if (message.type === 'ws_close') {
      this.#open.delete(id)
      return socket.end(message.code ?? NO_STATUS, message.reason ?? '')
    }
    const { data, binary } = message
    return socket.message(binary ? bytesOfBase64(data, 'data of ws_message') : data)
  }

  /** The connection has ended: so have its sockets. */
  abandon(): void {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const socket of all) void socket.end(GONE, '')
  }

  #connect(connect: WsConnect, call: Call): Promise<void> | undefined {
    const { connection_id: id, handler_id: handlerId } = connect
    const known = this.#runtime.routes.some(
      (each) => each.id === handlerId && each.kind === 'socket',
    )
    if (!known) {
      const message = `WebSocket handler ${handlerId.slice(0, 100)} not found`
      this.#say(errorMessage('WS_HANDLER_NOT_FOUND', message, 404))
      return undefined
    }
    // An id used again while it lives: the server has lost track, and the first is of no use any more.
    void this.#open.get(id)?.end(GONE, '')
    const request = upgradeRequest(connect)
    const lasting = new Lasting(call)
    const context = new CallContext(lasting, this.#parts, request.headers, 'socket')
    const socket = new Carried(connect, request, {
      say: (message) => this.#say(message),
      left: () => this.#open.delete(id),
      over: () => lasting.end(),
    })
    this.#open.set(id, socket)
    return socket.begin((browser) => this.#runtime.open(handlerId, browser, context))
  }

  #say(message: Message): void {
    this.#peer.notify(message.type, message)
  }
}

/** A socket outlives the message that opened it: its signal fires when the socket is closed. */
class Lasting implements Call {
  readonly method: string
  readonly kind = 'stream'
  readonly params: unknown
  readonly meta: Call['meta']
  readonly items: Call['items']
  readonly peer: Caller
  readonly draining: AbortSignal
  readonly #closed = new AbortController()

  constructor(call: Call) {
    this.method = call.method
    this.params = call.params
    this.meta = call.meta
    this.items = call.items
    this.peer = call.peer
    this.draining = call.draining
  }

  get signal(): AbortSignal {
    return this.#closed.signal
  }

  end(): void {
    this.#closed.abort(closed())
  }

  remaining(): number {
    return Number.POSITIVE_INFINITY
  }
}

interface CarriedHooks {
  say(message: Message): void
  /** It is closed from here. */
  left(): void
  /** It is closed, from whichever end. */
  over(): void
}

/** One WebSocket: what comes for it waits its turn. */
class Carried implements HandlerSocket {
  readonly id: string
  readonly request: HandlerSocket['request']
  readonly #handlerId: string
  readonly #hooks: CarriedHooks
  #handler: OpenSocket | undefined
  #turn: Promise<void> = Promise.resolve()
  #closed = false

  constructor(connect: WsConnect, request: HandlerSocket['request'], hooks: CarriedHooks) {
    this.id = connect.connection_id
    this.request = request
    this.#handlerId = connect.handler_id
    this.#hooks = hooks
  }

  begin(open: (socket: HandlerSocket) => Promise<OpenSocket>): Promise<void> {
    return this.#inTurn(async () => {
      try {
        this.#handler = await open(this)
      } catch {
        // The runtime has logged why.
        this.close(UNEXPECTED, 'the handler failed')
      }
    })
  }

  message(data: string | Uint8Array): Promise<void> {
    return this.#inTurn(async () => this.#handler?.message(data))
  }

  end(code: number, reason: string): Promise<void> {
    this.#closed = true
    this.#hooks.over()
    return this.#inTurn(async () => this.#handler?.closed(code, reason))
  }

  /** This wire does not say when the browser has read: it resolves once the message is on its way. */
  send(data: string | Uint8Array): Promise<void> {
    if (this.#closed) {
      const refused = Promise.reject(closed())
      // A handler that does not wait for it, as in a timer, must not end its process.
      refused.catch(() => {})
      return refused
    }
    const binary = typeof data !== 'string'
    const text = binary ? base64Of(data) : data
    this.#hooks.say({ type: 'ws_send', connection_id: this.id, data: text, binary })
    return Promise.resolve()
  }

  close(code = NORMAL, reason = ''): void {
    if (this.#closed) return
    this.#hooks.left()
    const handler_id = this.#handlerId
    this.#hooks.say({ type: 'ws_close', connection_id: this.id, handler_id, code, reason })
    void this.end(code, reason)
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(step)
    return this.#turn
  }
}

function closed(): TielineError {
  return new TielineError('cancelled', 'the socket is closed')
}
