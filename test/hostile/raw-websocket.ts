// A WebSocket client made of bytes, for what no library would send: handshakes and frames by hand.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly head: string
}

/** The usual headers of an upgrade. A header that is given replaces its namesake; undefined: left out. */
export interface RawHeaders {
  readonly [name: string]: string | readonly string[] | undefined
}

/** One TCP connection, and all that came on it. */
export class RawSocket {
  readonly socket: Socket
  received = Buffer.alloc(0)
  ended = false
  #waiting: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' })
    this.socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
      this.#wake()
    })
    // A reset is what some of these clients are after.
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.ended = true
      this.#wake()
    })
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes)
  }

  /**
   * Writes much, as fast as it is taken. Ends early when the other side has closed, or at a word.
   * Returns how many times it was.
   */
  async flood(chunk: Uint8Array, times: number, enough?: AbortSignal): Promise<number> {
    let written = 0
    while (written < times && !this.ended && this.socket.writable && !enough?.aborted) {
      written += 1
      if (this.socket.write(chunk)) continue
      await new Promise<void>((resolve) => {
        this.socket.once('drain', resolve)
        this.socket.once('close', resolve)
      })
    }
    return written
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.ended) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** What the server said to the handshake. */
  async answer(): Promise<RawAnswer> {
    await this.until(() => this.received.includes('\r\n\r\n'))
    const head = this.received.subarray(0, this.received.indexOf('\r\n\r\n')).toString()
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head }
  }

  /** The code of the close frame that the server sent; undefined: it closed without one. */
  async closeCode(): Promise<number | undefined> {
    await this.until(() => false)
    let at = this.received.indexOf('\r\n\r\n') + 4
    while (at + 1 < this.received.length) {
      const opcode = (this.received[at] as number) & 0x0f
      let length = (this.received[at + 1] as number) & 0x7f
      at += 2
      if (length === 126) {
        length = this.received.readUInt16BE(at)
        at += 2
      }
      if (opcode === 8) return length >= 2 ? this.received.readUInt16BE(at) : 1005
      at += length
    }
    return undefined
  }

  /** Breaks the connection off, as a killed program's system does. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A handshake as text. */
export function handshake(port: number, path: string, headers: RawHeaders = {}): string {
  const all: RawHeaders = {
    Host: `127.0.0.1:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `${name}: ${value}\r\n`),
  )
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

export interface RawFrame {
  readonly opcode: number
  readonly payload?: Uint8Array
  /** True unless told. */
  readonly fin?: boolean
  /** Reserved bits, 0 to 7. */
  readonly reserved?: number
  /** As a client must: true unless told. */
  readonly masked?: boolean
  /** The length that the header promises, where it is not the payload's. */
  readonly length?: number | bigint
}

/** A frame as a client sends it, with whatever is wrong with it. */
export function frame(options: RawFrame): Buffer {
  const { opcode, payload = new Uint8Array(0), fin = true, reserved = 0, masked = true } = options
  const length = BigInt(options.length ?? payload.length)
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const bit = masked ? 0x80 : 0
  let head: Buffer
  if (length < 126n) {
    head = Buffer.from([first, bit | Number(length)])
  } else if (length <= 0xffffn) {
    head = Buffer.from([first, bit | 126, Number(length >> 8n), Number(length & 0xffn)])
  } else {
    head = Buffer.alloc(10)
    head[0] = first
    head[1] = bit | 127
    head.writeBigUInt64BE(length, 2)
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload])
}
