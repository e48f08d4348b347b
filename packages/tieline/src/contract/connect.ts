// A contract called at an endpoint: a typed client that stays connected.
import { type Clock, type Duration, milliseconds } from '../clock.js'
import { type BackoffOptions, type ConnectionStatus, Connector } from '../connector/index.js'
import type { Protocol } from '../dialect/dialect.js'
import { toError } from '../errors.js'
import { type Limits, limitsWith } from '../limits.js'
import { type Observer, Peer } from '../peer/index.js'
import { cancelled } from '../transport/attempt.js'
import type { Transport } from '../transport/transport.js'
import { client } from './client.js'
import type { Contract } from './contract.js'
import type { Implementation } from './implement.js'
import { serviceOver } from './positional.js'
import { checkGiven, nativeOver, transportAt } from './transport-at.js'
import type { Client } from './types.js'

/** What `connect` takes: where, what is spoken, and how to come back. Only `at` is needed. */
export interface ConnectOptions<Checked extends boolean = boolean> {
  /** Where: `local:NAME`, `unix:/path`, `pipe:NAME`, `stdio:`, `ws://HOST:PORT/`; or a transport with options of its own. */
  readonly at: string | Transport
  /** What is spoken. native() unless told. */
  readonly protocol?: Protocol
  /** What the server may call on this side. */
  readonly offers?: Implementation
  /** How long the first connection may take, handshake included. 10 s (limit firstFrameMs). */
  readonly timeout?: Duration
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  /** Resolve at once and connect in the background, trying until it works. False unless told. */
  readonly background?: boolean
  /** How to come back after a loss; false: never. */
  readonly reconnect?: BackoffOptions | false
  /** A call while there is no connection waits for one until its deadline, or fails at once. `wait` unless told. */
  readonly whileDisconnected?: 'wait' | 'fail'
  /** A resumable stream was subscribed again: what happened in between was not seen. */
  readonly resumed?: (method: string) => void
  /** False: the client keeps the process alive only while calls wait. True unless told. */
  readonly hold?: boolean
  /** Check answers and items against the contract. */
  readonly validate?: { readonly output?: Checked }
  /** Bounds of the connection: `defaultLimits`, with these changed. */
  readonly limits?: Partial<Limits>
  /** Told of connections, calls and the errors that handlers of `offers` hide. */
  readonly observe?: Observer
  /** Quiet time until a ping, where the protocol has one; false for none. 15 s. */
  readonly heartbeat?: Duration | false
  readonly clock?: Clock
}

/** The connection behind a client. */
export interface ClientConnection {
  readonly endpoint: string
  readonly status: ConnectionStatus
  /** The peer of the connection that stands, if one does. */
  readonly peer: Peer | undefined
  /** Calls `watcher` on every change of status. Returns how to stop that. */
  watch(watcher: (status: ConnectionStatus) => void): () => void
  /** Drains and closes, and stops coming back. Never rejects; may be called again. */
  close(): Promise<void>
  /** Ends it now. Calls in flight reject. */
  abort(reason?: Error): void
}

/** A contract's methods, and `$connection` beside them: no method's name begins with `$`. */
export type ConnectedClient<C extends Contract, Checked extends boolean = false> = Client<
  C,
  Checked
> & {
  readonly $connection: ClientConnection
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Connects a client. Rejects with `connection-refused`, `version-mismatch`, `permission-denied`,
 * `deadline-exceeded`, `cancelled`, `invalid-endpoint` or `invalid-argument`.
 * @example
 * await using greeter = await connect(Greeter, { at: 'local:greeter' })
 * await greeter.hello({ name: 'Ada' }, { timeout: '2s' })
 */
export async function connect<C extends Contract, const Checked extends boolean = false>(
  contract: C,
  options: ConnectOptions<Checked>,
): Promise<ConnectedClient<C, Checked>> {
  checkGiven(contract, options)
  const transport = await transportAt(options.at)
  const protocol = options.protocol ?? nativeOver(transport)
  const connector = new Connector({
    endpoint: transport.endpoint,
    open: (signal) => openPeer(contract, transport, protocol, options, signal),
    reconnect: options.reconnect,
    whileDisconnected: options.whileDisconnected,
    resumable: (method) => contract.methods[method]?.resumable === true,
    resumed: options.resumed,
    callMs: options.limits?.callMs,
    calls: options.limits?.calls,
    hold: options.hold,
    clock: options.clock,
  })
  const { signal } = options
  if (signal?.aborted) throw cancelled(transport.endpoint, signal)
  const cancel = () => connector.abort(toError(signal?.reason))
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    if (options.background) connector.startInBackground()
    else await connector.start()
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
  const methods = client(contract, connector, {
    params: protocol.params,
    ...(options.validate && { validate: options.validate }),
  })
  return Object.assign(methods, {
    $connection: connector,
    [Symbol.asyncDispose]: () => connector.close(),
  }) as ConnectedClient<C, Checked>
}

async function openPeer(
  contract: Contract,
  transport: Transport,
  protocol: Protocol,
  options: ConnectOptions,
  closing: AbortSignal,
): Promise<Peer> {
  const limits = limitsWith(options.limits)
  const withinMs =
    options.timeout === undefined ? limits.firstFrameMs : milliseconds(options.timeout)
  const channel = await transport.connect({ limits, signal: closing, withinMs })
  const { offers } = options
  const peer = new Peer(channel, {
    protocol,
    role: 'client',
    service: offers && serviceOver(offers)(protocol),
    serves: offers && { name: offers.contract.name, version: offers.contract.version },
    expects: { name: contract.name, version: contract.version },
    limits: { ...options.limits, firstFrameMs: withinMs },
    observe: options.observe,
    heartbeat: options.heartbeat,
    hold: options.hold,
    clock: options.clock,
  })
  const cancel = () => peer.abort(toError(closing.reason))
  closing.addEventListener('abort', cancel, { once: true })
  try {
    await peer.ready
    return peer
  } finally {
    closing.removeEventListener('abort', cancel)
  }
}
