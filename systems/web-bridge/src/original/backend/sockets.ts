// WebSockets with handlers of the original: all of them on one connection, opened one after the other
// because its handlers do not say which one they refuse.
import { isTielineError, TielineError } from 'tieline'
import type { Call, Peer } from 'tieline/peer'
import type { BackendSocket, BridgeRequest, BrowserSocket } from '../../server/backend.js'
import { base64Of, bytesOfBase64 } from '../wire/base64.js'
import type { Message, WsClose, WsSend } from '../wire/messages.js'
import type { Connections } from './connections.js'
import { HANDLER_ERROR, HEALTH } from './dialect.js'
import { newConnectionId } from './response.js'

const NORMAL = 1000
/** RFC 6455, 7.4.1: a server that goes away. */
const GOING_AWAY = 1001

interface Open {
  readonly browser: BrowserSocket
  readonly handlerId: string
}

export class BackendSockets {
  readonly #connections: Connections
  readonly #left: () => void
  readonly #open = new Map<string, Open>()
  #peer: Peer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  /** `left`: told when one of them is gone. */
  constructor(connections: Connections, left: () => void) {
    this.#connections = connections
    this.#left = left
  }

  get size(): number {
    return this.#open.size
  }

  /** Resolves when the handler has it. Rejects `unknown-method` when there is no such handler. */
  connect(
    request: BridgeRequest,
    browser: BrowserSocket,
    timeoutMs: number,
  ): Promise<BackendSocket> {
    const result = this.#turn.then(() => this.#connect(request, browser, timeoutMs))
    this.#turn = result.catch(() => {})
    return result
  }

  /** What a handler says to a browser. Resolves when the browser's side has room for more. */
  told(call: Call): Promise<void> | undefined {
    const message = call.params as WsSend | WsClose
    const id = message.connection_id
    const open = this.#open.get(id)
    // The browser left meanwhile.
    if (open === undefined) return undefined
    if (message.type === 'ws_close') {
      open.browser.close(message.code ?? NORMAL, message.reason ?? '')
      return undefined
    }
    const { data, binary } = message
    const sent = binary ? bytesOfBase64(data, 'data of ws_send') : data
    // It rejects when the socket has closed, which its handler is told in its own message.
    return open.browser.send(sent).catch(() => {})
  }

  /** Ends them all: the server is going away. */
  close(): void {
    for (const { browser } of this.#open.values())
      browser.close(GOING_AWAY, 'the server is closing')
  }

  async #connect(
    request: BridgeRequest,
    browser: BrowserSocket,
    timeoutMs: number,
  ): Promise<BackendSocket> {
    const peer = await this.#connection()
    const id = newConnectionId()
    const handlerId = request.route.id
    this.#open.set(id, { browser, handlerId })
    this.#connections.pin()
    const leave = (): void => {
      if (!this.#open.delete(id)) return
      this.#connections.unpin()
      this.#left()
    }
    // When the connection is gone there is nobody to tell, and the browser is told of that.
    const say = (message: Message): void => {
      if (peer.state === 'open') peer.notify(message.type, message)
    }
    try {
      say({
        type: 'ws_connect',
        connection_id: id,
        handler_id: handlerId,
        path: request.url,
        headers: request.headers,
      })
      // They answer in order, and a connect that they take is not answered at all: so they are asked
      // how they are, and an error before the answer is the refusal.
      await peer.call(HEALTH, undefined, { timeout: timeoutMs })
    } catch (error) {
      leave()
      throw refused(error, handlerId)
    }
    return {
      message(data) {
        const binary = typeof data !== 'string'
        const text = binary ? base64Of(data) : data
        say({ type: 'ws_message', connection_id: id, handler_id: handlerId, data: text, binary })
      },
      closed(code, reason) {
        say({ type: 'ws_close', connection_id: id, handler_id: handlerId, code, reason })
        leave()
      },
    }
  }

  async #connection(): Promise<Peer> {
    if (this.#peer?.state === 'open') return this.#peer
    const peer = await this.#connections.take()
    this.#peer = peer
    void peer.closed.then(() => {
      if (this.#peer === peer) this.#peer = undefined
      // With the handlers' process gone its sockets have nobody to answer them.
      for (const { browser } of this.#open.values())
        browser.close(GOING_AWAY, 'the handlers are gone')
    })
    return peer
  }
}

function refused(error: unknown, handlerId: string): unknown {
  if (!isTielineError(error, HANDLER_ERROR)) return error
  const message = `there is no WebSocket handler ${handlerId}`
  return new TielineError('unknown-method', message, { origin: 'remote', cause: error })
}
