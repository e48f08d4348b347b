// The browser's own WebSocket as a client. It cannot be paused and has no event for what was sent:
// messages wait here, within a limit, and what is left to send is looked at now and then.
import type { Channel } from '../../channel/channel.js'
import { type Clock, systemClock } from '../../clock.js'
import { TielineError } from '../../errors.js'
import { limitsWith } from '../../limits.js'
import { attempt } from '../attempt.js'
import type { ConnectOptions, Transport } from '../transport.js'
import { type Carrier, WebSocketChannel, type WebSocketChannelOptions } from './channel.js'
import { CLOSED, offeredProtocols, webSocketAddress } from './protocol.js'

/** What is used of the browser's class. */
interface Socket {
  binaryType: string
  readonly bufferedAmount: number
  send(data: Uint8Array): void
  close(code?: number): void
  onopen: unknown
  onmessage: unknown
  onclose: unknown
  onerror: unknown
}

/** What `browserWebSocket` takes. */
export interface BrowserWebSocketOptions {
  /** What the server asks for. Never put it in a URL. */
  readonly token?: string
  /** Bytes not yet sent before `send` returns false. Default 1 MiB: what goes out between two looks. */
  readonly highWater?: number
  /** The class. Default: the browser's. */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => Socket
  readonly clock?: Clock
}

const HIGH_WATER = 1024 * 1024
/** Milliseconds between two looks at what is left to send. 5: browsers round 4 and less up to that. */
const LOOK_MS = 5
/** Milliseconds a close waits for the other side's answer, as in Node. */
const LINGER_MS = 250
/** Codes that a page may send begin here; the last three digits are those of the registered ones. */
const PRIVATE_CODES = 4000

/**
 * A page's way to a `ws:` or `wss:` endpoint. `listen` rejects with `unsupported`. A browser does not
 * say why a connection was refused: `connect` rejects with `connection-refused` for all reasons.
 * A paused channel keeps what comes, up to the limit queuedBytes, and past it breaks off with
 * `resource-exhausted`. What was sent before an `abort` may still go out.
 */
export function websocket(endpoint: string, options: BrowserWebSocketOptions = {}): Transport {
  webSocketAddress(endpoint)
  return {
    endpoint,
    unit: 'message',
    async listen() {
      const message = `cannot listen at ${endpoint}: a page in a browser can only connect`
      throw new TielineError('unsupported', message, { endpoint })
    },
    connect: (connecting = {}) => dial(endpoint, options, connecting),
  }
}

async function dial(
  endpoint: string,
  options: BrowserWebSocketOptions,
  connecting: ConnectOptions,
): Promise<Channel> {
  const { clock = systemClock, highWater = HIGH_WATER } = options
  const heldBytes = limitsWith(connecting.limits).queuedBytes
  const own = (globalThis as { WebSocket?: unknown })
    .WebSocket as BrowserWebSocketOptions['WebSocket']
  const Socket = options.WebSocket ?? own
  if (Socket === undefined) {
    throw new TielineError('unsupported', 'there is no WebSocket here', { endpoint })
  }
  const { signal, end } = attempt(endpoint, connecting, clock)
  try {
    signal.throwIfAborted()
    const socket = new Socket(endpoint, offeredProtocols(options.token))
    return await opened(socket, signal, { endpoint, highWater, heldBytes, clock })
  } finally {
    end()
  }
}

function opened(
  socket: Socket,
  signal: AbortSignal,
  options: WebSocketChannelOptions,
): Promise<Channel> {
  const { endpoint, clock } = options
  return new Promise((resolve, reject) => {
    socket.binaryType = 'arraybuffer'
    const giveUp = (error: TielineError) => {
      signal.removeEventListener('abort', onAbort)
      reject(error)
      socket.onopen = socket.onclose = null
      socket.close()
    }
    const onAbort = () => giveUp(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    // 'close' follows, and says as little.
    socket.onerror = () => {}
    socket.onclose = () => {
      const why = 'nobody listens there, or it allows neither this origin nor this token'
      const message = `cannot connect to ${endpoint}: ${why}`
      giveUp(new TielineError('connection-refused', message, { origin: 'channel', endpoint }))
    }
    socket.onopen = () => {
      signal.removeEventListener('abort', onAbort)
      resolve(
        new WebSocketChannel(options, (channel) => new BrowserCarrier(socket, channel, clock)),
      )
    }
  })
}

class BrowserCarrier implements Carrier {
  readonly #socket: Socket
  readonly #channel: WebSocketChannel
  readonly #clock: Clock
  #looking = false

  constructor(socket: Socket, channel: WebSocketChannel, clock: Clock) {
    this.#socket = socket
    this.#channel = channel
    this.#clock = clock
    socket.onmessage = ({ data }: { data: unknown }) =>
      channel.arrived(data instanceof ArrayBuffer ? new Uint8Array(data) : undefined)
    socket.onclose = ({ code, reason }: { code: number; reason: string }) =>
      channel.ended(code, reason)
  }

  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  send(message: Uint8Array): void {
    this.#socket.send(message)
    this.#look()
  }

  /** Messages wait in the channel. */
  pause(): void {}
  resume(): void {}
  /** A page lives as long as its user wants. */
  hold(): void {}

  close(code: number): void {
    // Browsers wait long for an answer, and go on doing so after this.
    const timer = this.#clock.after(LINGER_MS, () => this.#channel.ended(CLOSED.abnormal, ''))
    timer.hold(true)
    this.#socket.close(code === CLOSED.normal ? code : PRIVATE_CODES + (code % 1000))
  }

  destroy(code: number): void {
    this.close(code)
  }

  #look(): void {
    if (this.#looking) return
    this.#looking = true
    const timer = this.#clock.after(LOOK_MS, () => {
      this.#looking = false
      if (this.#socket.bufferedAmount > 0) this.#look()
      else this.#channel.written()
    })
    timer.hold(true)
  }
}
