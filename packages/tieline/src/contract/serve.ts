// A contract served at an endpoint: every connection gets a peer, every peer the same handlers, or
// handlers of its own.
import type { Channel } from '../channel/channel.js'
import { type Clock, type Duration, systemClock } from '../clock.js'
import type { AnyOf } from '../dialect/any-of.js'
import type { Protocol } from '../dialect/dialect.js'
import { isTielineError, TielineError } from '../errors.js'
import type { Limits } from '../limits.js'
import { Acceptor, type Observer, Peer, type PeerOptions, type Service } from '../peer/index.js'
import { layered } from '../service/layer.js'
import { type Logger, log } from '../service/layers/log.js'
import type { Listener, Transport } from '../transport/transport.js'
import type { Contract } from './contract.js'
import { type Implementation, type ImplementOptions, implement } from './implement.js'
import { serviceOver } from './positional.js'
import { checkGiven, nativeOver, transportAt } from './transport-at.js'
import type { Handlers } from './types.js'

/** What `serve` takes: where, what is spoken, and the bounds. Only `at` is needed. */
export interface ServeOptions extends ImplementOptions {
  /** Where: `local:NAME`, `unix:/path`, `pipe:NAME`, `stdio:`, `ws://HOST:PORT/`; or a transport with options of its own. */
  readonly at: string | Transport
  /** What is spoken: one protocol, or `anyOf` several, told apart by how a connection begins. native() unless told. */
  readonly protocol?: Protocol | AnyOf
  /** The contract that the clients offer in return, if the handlers call back. Checked in the handshake. */
  readonly expects?: Contract
  /** Bounds of every connection, and of how many there are: `defaultLimits`, with these changed. */
  readonly limits?: Partial<Limits>
  /** Told of connections, calls and the errors that handlers hide. */
  readonly observe?: Observer
  /** One line for each call, and one for each trouble of the listener: a pino logger, or anything with its methods. */
  readonly logger?: Logger
  /** Quiet time until a ping, where the protocol has one; false for none. 15 s. */
  readonly heartbeat?: Duration | false
  readonly clock?: Clock
  /** A client connected and said hello. */
  readonly connected?: (peer: Peer) => void
  /**
   * The listener has trouble: too many open files, a refused client, one that speaks none of the
   * protocols. Told once per event.
   */
  readonly failed?: (error: Error) => void
}

/**
 * Handlers for all connections, or a function that makes them for each. It may also return an
 * implementation, for a connection that is answered by another contract than the rest: `layers` go
 * around that too, `validate` and `describe` are as it was made.
 */
export type HandlersFor<C extends Contract> =
  | Handlers<C>
  | ((peer: Peer) => Handlers<C> | Implementation)

/** What `serve` resolves with: a contract at an endpoint, until it is closed. */
export interface Server {
  /** The endpoint as a client would dial it. */
  readonly endpoint: string
  /** The connections that stand. */
  readonly peers: ReadonlySet<Peer>
  /** Whether the server keeps the process alive (it does at first). */
  hold(alive: boolean): void
  /**
   * Stops listening, then drains every connection until the deadline (limit drainMs unless told).
   * The socket is gone afterwards. Never rejects; may be called again.
   */
  close(options?: { within?: Duration }): Promise<void>
  /** Ends everything now. */
  abort(reason?: Error): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves a contract. Rejects with `endpoint-in-use`, `permission-denied`, `invalid-endpoint` or
 * `invalid-argument`.
 * @example
 * await using server = await serve(Greeter, { hello: ({ name }) => `Hello ${name}` }, { at: 'local:greeter' })
 */
export async function serve<C extends Contract>(
  contract: C,
  handlers: HandlersFor<C>,
  options: ServeOptions,
): Promise<Server> {
  checkGiven(contract, options)
  const peers = new Set<Peer>()
  const peerOver = peersFor(contract, handlers, withLog(options), peers)
  const accepted = (channel: Channel, protocol: Protocol): void => {
    const peer = peerOver(channel, protocol)
    const { connected } = options
    if (connected) peer.ready.then(() => connected(peer), ignored)
  }
  const transport = await transportAt(options.at)
  const { protocol = nativeOver(transport), limits, clock = systemClock } = options
  const failed = telling(options)
  const acceptor = new Acceptor({ protocol, accepted, failed, limits, clock })
  const listener = await transport.listen({
    accept: (channel) => acceptor.accept(channel),
    ...(limits && { limits }),
    ...(failed && { failed }),
  })
  return new RunningServer(listener, acceptor, peers, clock)
}

/** The log goes outermost: it sees what the other layers refuse. */
function withLog(options: ServeOptions): ServeOptions {
  const { logger, clock, layers = [] } = options
  if (logger === undefined) return options
  return { ...options, layers: [log(logger, clock && { clock }), ...layers] }
}

/** Whom to tell of the listener's trouble. */
function telling({ failed, logger }: ServeOptions): ((error: Error) => void) | undefined {
  if (logger === undefined) return failed
  return (error) => {
    logger.warn({ code: isTielineError(error) ? error.code : 'internal' }, error.message)
    failed?.(error)
  }
}

/** A connection that ended before its handshake: `closed` has told why. */
function ignored(): void {}

const refuse: Service = () => {
  throw new TypeError('a call came before the connection was ready')
}

/**
 * Makes the peers. What all of one protocol have in common is made once: a server has thousands of
 * them. Params that a protocol writes as an array are read as such.
 */
function peersFor<C extends Contract>(
  contract: C,
  handlers: HandlersFor<C>,
  options: ServeOptions,
  peers: Set<Peer>,
): (channel: Channel, protocol: Protocol) => Peer {
  const { expects, limits, observe, heartbeat, clock } = options
  const common = {
    role: 'server',
    serves: { name: contract.name, version: contract.version },
    expects: expects && { name: expects.name, version: expects.version },
    limits: limits && Object.freeze({ ...limits }),
    observe,
    heartbeat,
    clock,
    among: peers,
  } as const
  if (typeof handlers === 'function') {
    return (channel, protocol) => {
      // Nothing is delivered before the constructor has returned, so the service can be made for the peer.
      let own: Service = refuse
      const service: Service = (call) => own(call)
      const peer = new Peer(channel, { ...common, protocol, service })
      const made = handlers(peer)
      const implementation = isImplementation(made)
        ? { ...made, service: layered(made.service, options.layers ?? []) }
        : implement(contract, made, options)
      own = serviceOver(implementation)(protocol)
      return peer
    }
  }
  const serviceFor = serviceOver(implement(contract, handlers, options))
  const spoken = new Map<Protocol, PeerOptions>()
  return (channel, protocol) => {
    let same = spoken.get(protocol)
    if (same === undefined) {
      same = { ...common, protocol, service: serviceFor(protocol) }
      spoken.set(protocol, same)
    }
    return new Peer(channel, same)
  }
}

/** A handler, of whatever name, is a function. */
function isImplementation(made: object): made is Implementation {
  return typeof (made as Partial<Implementation>).contract === 'object'
}

class RunningServer implements Server {
  readonly peers: ReadonlySet<Peer>
  readonly #listener: Listener
  readonly #acceptor: Acceptor
  readonly #clock: Clock
  #closing: Promise<void> | undefined

  constructor(listener: Listener, acceptor: Acceptor, peers: ReadonlySet<Peer>, clock: Clock) {
    this.#listener = listener
    this.#acceptor = acceptor
    this.#clock = clock
    this.peers = peers
  }

  get endpoint(): string {
    return this.#listener.endpoint
  }

  hold(alive: boolean): void {
    this.#listener.hold(alive)
  }

  close(options: { within?: Duration } = {}): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  async #close(options: { within?: Duration }): Promise<void> {
    await this.#listener.close()
    await this.#drain(options)
    // One that was being accepted while the listener closed.
    await new Promise<void>((resolve) => this.#clock.soon(resolve))
    await this.#drain(options)
  }

  async #drain(options: { within?: Duration }): Promise<void> {
    this.#acceptor.abort(
      new TielineError('unavailable', 'the server is closing', { origin: 'channel' }),
    )
    await Promise.all([...this.peers].map((peer) => peer.close(options)))
  }

  async abort(reason?: Error): Promise<void> {
    for (const peer of this.peers) peer.abort(reason)
    await this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
