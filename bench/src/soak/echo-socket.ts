// A WebSocket client whose messages must come back as they were, in order, each once.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type Ledger, Lost, within } from './ledger.js'

/** Bytes of the longest message. 100,000: past one frame's header of two bytes and one read. */
const LONGEST = 100_000
const EXCHANGE_MS = 10_000
const CLOSE_MS = 15_000

export class EchoSocket {
  readonly #url: string
  readonly #token: string
  readonly #ledger: Ledger
  readonly #random: () => number
  #socket: WebSocket | undefined
  #expected: Buffer[] = []
  #next = 0
  #settle: { resolve(): void; reject(error: Error): void } | undefined

  constructor(url: string, token: string, context: { ledger: Ledger; random: () => number }) {
    this.#url = url
    this.#token = token
    this.#ledger = context.ledger
    // Not the seed's: what is sent must not change what is disturbed.
    this.#random = Math.random
  }

  /** Sends so many and resolves when all are back. Rejects with Lost when the connection goes. */
  async exchange(count: number): Promise<true> {
    const socket = await this.#opened()
    const done = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    for (let i = 0; i < count; i++) {
      const message = Buffer.alloc(4 + Math.floor(this.#random() ** 4 * LONGEST), ++this.#next)
      message.writeUInt32LE(this.#next >>> 0, 0)
      this.#expected.push(message)
      socket.send(message)
    }
    const timer = setTimeout(() => this.#lost('no answer in time'), EXCHANGE_MS)
    try {
      await done
    } finally {
      clearTimeout(timer)
      this.#settle = undefined
    }
    return true
  }

  async close(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
    const closed = once(socket, 'close')
    socket.close(1000)
    await within('the close of a WebSocket', CLOSE_MS, closed).catch((error: Error) => {
      socket.terminate()
      if (!this.#ledger.disturbed) this.#ledger.fault(error.message)
    })
    this.#socket = undefined
  }

  async #opened(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket
    this.#socket?.terminate()
    this.#expected = []
    const secret = Buffer.from(this.#token).toString('base64url')
    const protocols = this.#token === '' ? [] : ['tieline', `tieline.token.${secret}`]
    const socket = new WebSocket(this.#url, protocols, {
      handshakeTimeout: EXCHANGE_MS,
      // As a page of the server's own would: without a token that is what lets it in.
      ...(this.#token === '' && { origin: new URL(this.#url.replace('ws:', 'http:')).origin }),
    })
    this.#socket = socket
    let why = ''
    socket.on('message', (data: Buffer) => socket === this.#socket && this.#came(data))
    socket.on('error', (error) => {
      why = error.message
    })
    const ended = new Promise<void>((resolve) => {
      socket.on('close', (code) => {
        if (socket === this.#socket) this.#lost(`closed with ${code} ${why}`)
        resolve()
      })
    })
    await Promise.race([once(socket, 'open').catch(() => ended), ended])
    if (socket.readyState !== WebSocket.OPEN) throw new Lost(`not opened: ${why}`)
    return socket
  }

  #came(data: Buffer): void {
    const expected = this.#expected.shift()
    if (expected === undefined) this.#ledger.fault('a WebSocket got a message that it did not send')
    else if (!data.equals(expected))
      this.#ledger.fault('a message came back changed, or out of order')
    if (this.#expected.length === 0) this.#settle?.resolve()
  }

  #lost(why: string): void {
    this.#expected = []
    this.#settle?.reject(new Lost(why))
    this.#socket?.terminate()
  }
}
