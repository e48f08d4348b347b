// One connection for one command: opened within the time there is, closed whatever happens.
import { usage } from '../src/command/usage.js'
import type { Protocol } from '../src/dialect/dialect.js'
import { isTielineError, TielineError, toError } from '../src/errors.js'
import { defaultLimits } from '../src/limits.js'
import type { Service } from '../src/peer/call.js'
import { Peer } from '../src/peer/peer.js'
import { transportFor } from '../src/transport/open.js'
import type { Transport } from '../src/transport/transport.js'
import { endpointFrom, protocolFrom } from './input.js'

/** Whom to talk to, and how long that may take. */
export interface Target {
  readonly endpoint: string
  readonly transport: Transport
  readonly protocol: Protocol
  /** Milliseconds until the connection must stand. */
  readonly connectMs: number
  /** Whether `--timeout` was given: then it bounds the answer too. */
  readonly bounded: boolean
}

interface ConnectOptions {
  readonly protocol: string | undefined
  readonly timeout: number | undefined
}

/** Reads ENDPOINT, `--protocol` and `--timeout`. */
export async function targetFrom(word: string, options: ConnectOptions): Promise<Target> {
  const endpoint = endpointFrom(word)
  if (endpoint === 'stdio:') {
    throw usage("stdio: is this command's own input and output; name the endpoint of a server")
  }
  const { timeout: timeoutMs } = options
  const transport = await transportFor(endpoint)
  return {
    endpoint,
    transport,
    protocol: await protocolFrom(options.protocol, transport.unit),
    connectMs: timeoutMs ?? defaultLimits.firstFrameMs,
    bounded: timeoutMs !== undefined,
  }
}

export interface Session {
  readonly peer: Peer
  /** Milliseconds that are left of what `--timeout` gave; of 30 s where nothing was given. */
  left(): number
}

/**
 * Runs `use` with a connected peer, and closes the connection in good order behind it. Rejects as soon
 * as the command is interrupted. `service` answers what the other side calls.
 */
export async function withPeer<T>(
  target: Target,
  signal: AbortSignal,
  use: (session: Session) => Promise<T>,
  service?: Service,
): Promise<T> {
  const startedAt = performance.now()
  const peer = await connected(target, signal, startedAt, service)
  const totalMs = target.bounded ? target.connectMs : defaultLimits.callMs
  const left = () => Math.max(0, startedAt + totalMs - performance.now())
  try {
    return await Promise.race([use({ peer, left }), interruption(signal)])
  } finally {
    // Nothing is in flight any more: this flushes (a cancel, a notification) and says goodbye.
    await peer.close({ within: 0 })
  }
}

/** Rejects when the signal fires. What `use` waits for is cancelled by the same signal. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const interrupt = () => reject(new TielineError('cancelled', 'interrupted'))
    if (signal.aborted) interrupt()
    else signal.addEventListener('abort', interrupt, { once: true })
  })
}

async function connected(
  target: Target,
  signal: AbortSignal,
  startedAt: number,
  service: Service | undefined,
): Promise<Peer> {
  const { transport, protocol, connectMs } = target
  const channel = await transport.connect({ signal, withinMs: connectMs })
  const left = Math.max(1, Math.ceil(startedAt + connectMs - performance.now()))
  const peer = new Peer(channel, {
    protocol,
    role: 'client',
    service,
    limits: { firstFrameMs: left },
  })
  const interrupt = () => peer.abort(toError(signal.reason))
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    await peer.ready
    return peer
  } catch (error) {
    throw notReady(target, toError(error), performance.now() - startedAt >= connectMs)
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
}

/** Somebody is there, and it did not come to a conversation: most often they speak something else. */
function notReady(target: Target, error: Error, late: boolean): TielineError {
  const { endpoint, protocol, connectMs } = target
  if (isTielineError(error, 'version-mismatch')) return error
  if (isTielineError(error) && error.origin === 'protocol') {
    const { message: why } = toError(error.cause ?? error)
    const message = `${endpoint} does not speak ${protocol.name}: ${why}`
    return new TielineError('malformed', message, { origin: 'protocol', endpoint, cause: error })
  }
  const happened = late ? `said nothing for ${connectMs / 1000} s` : 'closed the connection at once'
  const message = `${endpoint} ${happened}: does it speak ${protocol.name}? See --protocol`
  return new TielineError(late ? 'deadline-exceeded' : 'connection-lost', message, {
    origin: 'channel',
    endpoint,
    cause: error,
  })
}
