// The browser's side of one WebSocket, before and after its handshake: what a handler sends before is
// kept, and each direction waits for the other end.

import { TielineError } from 'tieline'
import type { WebSocket } from 'ws'
import type { BackendSocket, BrowserSocket } from './backend.js'

/** Bytes on their way to the browser before `send` waits. 256 KiB, as a stream's window. */
const AHEAD_BYTES = 256 * 1024
/** Bytes of messages that the handler has not taken before the browser is read no more. */
const WAITING_BYTES = 256 * 1024
/** What a message counts beside its content, so that empty ones are bounded too. About what it takes here. */
const BESIDE_BYTES = 64
/** RFC 6455, 7.4.1: what is said when the code can not be sent, and when nobody said why. */
const NORMAL = 1000
/** RFC 6455, 5.5: bytes of a close frame's reason. */
const REASON_BYTES = 123

interface Kept {
  readonly data: string | Uint8Array
  readonly sent: () => void
  readonly failed: (error: Error) => void
}

export class Browser implements BrowserSocket {
  readonly id: string
  #handler: BackendSocket | undefined
  #socket: WebSocket | undefined
  #kept: Kept[] = []
  #closing: readonly [code: number, reason: string] | undefined
  #over = false
  #waiting = 0

  constructor(id: string) {
    this.id = id
  }

  /** The handler that it was brought to. */
  set handler(handler: BackendSocket) {
    this.#handler = handler
  }

  send(data: string | Uint8Array): Promise<void> {
    if (this.#over || this.#closing !== undefined) return Promise.reject(closed())
    const socket = this.#socket
    if (socket === undefined) {
      return new Promise((sent, failed) => this.#kept.push({ data, sent, failed }))
    }
    if (socket.bufferedAmount < AHEAD_BYTES) {
      // Its failure comes as the socket's close.
      socket.send(data, ignored)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      socket.send(data, (error) => (error ? reject(closed()) : resolve()))
    })
  }

  close(code = NORMAL, reason = ''): void {
    if (this.#over || this.#closing !== undefined) return
    this.#closing = [sendable(code), shortened(reason)]
    this.#socket?.close(...this.#closing)
  }

  /** The handshake is done. */
  open(socket: WebSocket): void {
    this.#socket = socket
    const handler = this.#handler
    socket.on('message', (data, isBinary) => {
      // ws gives one Buffer unless told otherwise.
      const bytes = data as Buffer
      if (!handler || this.#over) return
      const taken = handler.message(isBinary ? bytes : bytes.toString('utf8'))
      if (taken !== undefined) this.#count(socket, bytes.byteLength + BESIDE_BYTES, taken)
    })
    socket.on('error', ignored)
    socket.once('close', (code, reason) => this.#closed(code, reason.toString('utf8')))
    for (const { data, sent } of this.#kept.splice(0)) {
      socket.send(data, ignored)
      sent()
    }
    if (this.#closing !== undefined) socket.close(...this.#closing)
  }

  /** It never came to a handshake. */
  refused(): void {
    // 1006, RFC 6455, 7.4.1: there was no end that anybody said.
    this.#closed(1006, '')
  }

  #count(socket: WebSocket, bytes: number, taken: Promise<void>): void {
    this.#waiting += bytes
    if (this.#waiting > WAITING_BYTES) socket.pause()
    const done = (): void => {
      this.#waiting -= bytes
      if (this.#waiting <= WAITING_BYTES && socket.isPaused) socket.resume()
    }
    taken.then(done, done)
  }

  #closed(code: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    for (const { failed } of this.#kept.splice(0)) failed(closed())
    this.#handler?.closed(code, reason)
  }
}

/** RFC 6455, 7.4: codes that an endpoint may send. */
function sendable(code: number): number {
  const registered = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
  return registered || (code >= 3000 && code <= 4999) ? code : NORMAL
}

function shortened(reason: string): string {
  if (Buffer.byteLength(reason) <= REASON_BYTES) return reason
  const cut = Buffer.from(reason).subarray(0, REASON_BYTES).toString('utf8')
  // A character that was cut in two.
  return cut.replace(/\ufffd+$/, '')
}

function closed(): TielineError {
  return new TielineError('cancelled', 'the browser has closed the socket')
}

function ignored(): void {}
