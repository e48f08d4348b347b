// What the agents of one host share: the ports, the numbers, and how a WebSocket is opened and dialled.
import { randomBytes } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { type Clock, type Limits, limitsWith, systemClock, TielineError } from 'tieline'
import type { Channel } from 'tieline/channel'
import { type Transport, type WebSocketOptions, websocket } from 'tieline/transport'
import type { DialOptions } from '../agent.js'
import { ChannelNumbers } from './numbers.js'
import type { ChannelHostOptions } from './options.js'

/** Bytes of a token that is made here, as the toolkit makes them: nobody guesses 256 bits. */
const TOKEN_BYTES = 32

export class HostCore {
  readonly options: ChannelHostOptions
  readonly limits: Limits
  readonly clock: Clock
  readonly token: string | undefined
  readonly numbers = new ChannelNumbers()
  /** Port -> the userId of the agent that has it, from before the bind. */
  readonly #ports = new Map<number, string>()

  constructor(options: ChannelHostOptions) {
    this.options = options
    this.limits = limitsWith(options.limits)
    this.clock = options.clock ?? systemClock
    const { token = process.env.TIELINE_TOKEN } = options
    this.token = token === false ? undefined : (token ?? madeToken())
    // An address that is none, an empty token: found now, and not with the first port.
    this.server(0)
    checkTls(options.tls)
  }

  readonly failed = (error: Error): void => this.options.failed?.(error)

  /** The endpoint of a port. */
  endpoint(port: number): string {
    const { address = '127.0.0.1', tls } = this.options
    const host = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address
    return `${tls === undefined ? 'ws' : 'wss'}://${host}:${port}/`
  }

  server(port: number): Transport {
    const { origins, withoutOrigin, hosts, anyPath, tls, allowRemote } = this.options
    return websocket(
      this.endpoint(port),
      defined({
        origins,
        withoutOrigin,
        hosts,
        // As the original's, whose clients may use any.
        anyPath: anyPath ?? true,
        tls,
        allowRemote,
        token: this.token ?? false,
        clock: this.clock,
      }),
    )
  }

  /** Rejects as a port would, for options that no port can be opened with. */
  async check(): Promise<void> {
    const listener = await this.server(0).listen({ accept: (channel) => channel.abort(gone()) })
    await listener.close()
  }

  /** Dials a server. The token of this host is nobody else's business. */
  dial(url: string, options: DialOptions, signal: AbortSignal): Promise<Channel> {
    const { token, subprotocol, userId = '' } = options
    const { mayConnect, allowRemote } = this.options
    if (mayConnect !== undefined && !mayConnect(url, userId)) {
      const message = `agent '${userId}' may not have ${url} dialled`
      throw new TielineError('permission-denied', message, { endpoint: url })
    }
    const ours = token === undefined ? false : undefined
    const at = websocket(
      url,
      defined({ token: token ?? false, subprotocol: subprotocol ?? ours, allowRemote }),
    )
    return at.connect({ signal, limits: this.limits })
  }

  /** Takes a port for an agent. Throws `endpoint-in-use` when one has it. */
  claim(port: number, userId: string): void {
    const owner = this.#ports.get(port)
    if (owner !== undefined) {
      const message = `port ${port} is listened on already, by agent '${owner}'`
      throw new TielineError('endpoint-in-use', message, { endpoint: this.endpoint(port) })
    }
    this.#ports.set(port, userId)
  }

  release(port: number): void {
    this.#ports.delete(port)
  }
}

function checkTls(tls: ChannelHostOptions['tls']): void {
  if (tls === undefined) return
  try {
    createSecureContext(tls)
  } catch (cause) {
    // Node's words tell of the library's insides: error:0480006C:PEM routines::no start line.
    const hint = 'give key and cert as PEM, the certificate made for that key'
    throw new TielineError('invalid-argument', `the option tls cannot be used: ${hint}`, { cause })
  }
}

/** For whoever finds a port that is only tried. */
function gone(): TielineError {
  return new TielineError('unavailable', 'nobody listens here', { origin: 'channel' })
}

function madeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Without the options that nobody gave. */
function defined(options: { [K in keyof WebSocketOptions]: WebSocketOptions[K] | undefined }) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as WebSocketOptions
}
