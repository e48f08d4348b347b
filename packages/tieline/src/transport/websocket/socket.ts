// Node's half of a WebSocket channel: the socket under a channel, with real backpressure, pings, and
// what is sent within one tick in one write.
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { WebSocket } from 'ws'
import type { Channel } from '../../channel/channel.js'
import { type Clock, systemClock, type Timer } from '../../clock.js'
import { malformed, TielineError, tooLarge } from '../../errors.js'
import { type Limits, limitsWith } from '../../limits.js'
import { type Carrier, WebSocketChannel } from './channel.js'
import { CLOSED, type WebSocketTuning } from './protocol.js'

const HIGH_WATER = 64 * 1024
const FRAGMENTS = 16 * 1024
const PING_MS = 30_000
/** Bytes after which a tick's messages no longer wait for its end. As peers do: 4 KiB. */
const EARLY_FLUSH_BYTES = 4096
/**
 * Milliseconds a close waits for the other side's answer once all is flushed. 250: a busy event loop
 * answers in tens.
 */
const LINGER_MS = 250

/** The limits, as the package that reads the frames takes them. */
export function frameOptions(limits: Partial<Limits> | undefined, tuning: WebSocketTuning) {
  return {
    maxPayload: limitsWith(limits).frameBytes,
    maxFragments: tuning.fragments ?? FRAGMENTS,
    // Memory for each connection, and work for each message, that no local link repays.
    perMessageDeflate: false,
    closeTimeout: LINGER_MS,
  }
}

/** Throws `invalid-argument` for a key, a certificate or the like that cannot be used. */
export async function checkTls(
  endpoint: string,
  tls: SecureContextOptions | undefined,
): Promise<void> {
  if (tls === undefined) return
  const { createSecureContext } = await import('node:tls')
  try {
    createSecureContext(tls)
  } catch (cause) {
    // Node's words tell of the library's insides: error:0480006C:PEM routines::no start line.
    const hint = 'give key, cert and ca as PEM, the certificate made for that key'
    const message = `the option tls for ${endpoint} cannot be used: ${hint}`
    throw new TielineError('invalid-argument', message, { endpoint, cause })
  }
}

/** A channel over a socket that has just been upgraded. Call it before anything can be read. */
export function nodeChannel(
  ws: WebSocket,
  socket: Socket,
  endpoint: string,
  limits: Partial<Limits> | undefined,
  tuning: WebSocketTuning,
): Channel {
  const options = {
    endpoint,
    highWater: tuning.highWater ?? HIGH_WATER,
    heldBytes: limitsWith(limits).queuedBytes,
    clock: tuning.clock ?? systemClock,
  }
  return new WebSocketChannel(options, (channel) => {
    return new NodeCarrier(ws, socket, channel, options.clock, tuning.pingMs ?? PING_MS)
  })
}

class NodeCarrier implements Carrier {
  readonly #ws: WebSocket
  readonly #socket: Socket
  readonly #channel: WebSocketChannel
  readonly #clock: Clock
  #corked = false
  #scheduled = false
  #reading = false
  #heard = true
  #beat: Timer | undefined
  #broke: Error | undefined

  constructor(
    ws: WebSocket,
    socket: Socket,
    channel: WebSocketChannel,
    clock: Clock,
    pingMs: number | false,
  ) {
    this.#ws = ws
    this.#socket = socket
    this.#channel = channel
    this.#clock = clock
    ws.pause()
    ws.on('message', (data: Buffer, isBinary) => {
      this.#heard = true
      channel.arrived(isBinary ? data : undefined)
    })
    ws.on('pong', () => {
      this.#heard = true
    })
    ws.on('error', (error: NodeJS.ErrnoException) => {
      // Frames that cannot be read: the package has answered with the close code that fits.
      if (error.code?.startsWith('WS_ERR_')) channel.fault(this.#unreadable(error))
      else this.#broke = error
    })
    socket.on('error', (error) => {
      this.#broke = error
    })
    ws.on('close', (code, text) => {
      this.#beat?.cancel()
      channel.ended(code, text.toString(), this.#broke)
    })
    if (pingMs !== false) this.#nextBeat(pingMs)
  }

  get buffered(): number {
    return this.#ws.bufferedAmount
  }

  send(message: Uint8Array): void {
    this.#cork()
    this.#ws.send(message, { binary: true }, this.#written)
    if (this.#ws.bufferedAmount >= EARLY_FLUSH_BYTES) this.#uncork()
  }

  pause(): void {
    this.#reading = false
    this.#ws.pause()
  }

  resume(): void {
    this.#reading = true
    this.#ws.resume()
  }

  hold(alive: boolean): void {
    if (alive) this.#socket.ref()
    else this.#socket.unref()
  }

  close(code: number): void {
    this.#ws.close(code)
    this.#ws.resume()
  }

  destroy(code: number): void {
    // Only where it goes out at once: what waits before it is dropped.
    if (this.#ws.bufferedAmount === 0) this.#ws.close(code)
    this.#ws.terminate()
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      this.#uncork()
    })
  }

  #uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#socket.uncork()
  }

  readonly #written = (error?: Error | null): void => {
    // A socket that is gone says so by its 'close'.
    if (!error) this.#channel.written()
  }

  #nextBeat(pingMs: number): void {
    this.#beat = this.#clock.after(pingMs, () => {
      // While it is not read, no answer is seen.
      if (this.#reading && !this.#heard) {
        this.#broke = new Error(`no answer to a ping within ${pingMs} ms`)
        this.#ws.terminate()
        return
      }
      this.#heard = !this.#reading
      if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping()
      this.#nextBeat(pingMs)
    })
  }

  #unreadable(cause: NodeJS.ErrnoException): TielineError {
    const { endpoint } = this.#channel.remote
    const message = `cannot read what came from ${endpoint}: ${cause.message}`
    const tooMuch = TOO_MUCH.has(cause.code ?? '')
    return tooMuch
      ? tooLarge(message, { endpoint, cause })
      : malformed(message, { endpoint, cause })
  }
}

/** Codes of the package for what is past a limit. */
const TOO_MUCH = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
])

/** Upgrades that succeed and are then closed, because there are too many. */
export function turnAway(ws: WebSocket): void {
  // What a socket that is being closed still meets is of no interest.
  ws.on('error', () => {})
  ws.close(CLOSED.tryAgainLater)
}
