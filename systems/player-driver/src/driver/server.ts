// The driver at an endpoint: a session for each connection, and an end in good order.
import {
  anyOf,
  type Clock,
  type Duration,
  implement,
  type Layer,
  type Limits,
  msgpackRpc,
  type Observer,
  type Peer,
  serve,
  systemClock,
} from 'tieline'
import type { Transport } from 'tieline/transport'
import type { DriverHost } from '../domain/host.js'
import { PlayerDriver } from '../ipc/contract.js'
import { playerDriverJsonRpc, speaksJson } from '../ipc/json-contract.js'
import { jsonForms } from '../ipc/json-forms.js'
import { systemTimes, type Times } from '../ipc/unix-times.js'
import { ClientSession } from './client-session.js'
import { jsonImplementation } from './json-implementation.js'

export interface DriverServerOptions {
  /** Where: see `driverEndpoint`. */
  readonly at: string | Transport
  readonly limits?: Partial<Limits>
  /** Milliseconds that a client has to answer an event batch or a device update. 10 s. */
  readonly answerMs?: number
  /** Told what an operator may want to know: a client that was refused or dropped. One line each. */
  readonly note?: (line: string) => void
  readonly observe?: Observer
  readonly clock?: Clock
  /** What `get_timesync` tells. The system's. */
  readonly times?: Times
}

export interface DriverServer {
  /** As a client dials it. */
  readonly endpoint: string
  readonly host: DriverHost
  /** Connections that stand. */
  readonly connections: number
  /**
   * Stops listening, finishes what is in flight until the deadline (5 s), ends the connections and
   * closes the host. The socket is gone afterwards. Never rejects; may be called again.
   */
  close(options?: { readonly within?: Duration }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A client that hangs must not keep a display dark for long, nor lose it for a moment's load. */
const ANSWER_MS = 10_000

/**
 * What a driver's clients need, and no more. Frames of 1 MiB: a state with four texts of the greatest
 * length has 50 KB. 256 connections: programs of one machine's users, each with one.
 */
const LIMITS: Partial<Limits> = { frameBytes: 1024 * 1024, connections: 256, calls: 1024 }

/**
 * Serves a host, which must stay open meanwhile, in all generations of the wire: a connection's first
 * byte tells which. Rejects with `endpoint-in-use`, `permission-denied`
 * or `invalid-endpoint`.
 */
export async function serveDriver(
  host: DriverHost,
  options: DriverServerOptions,
): Promise<DriverServer> {
  const { clock = systemClock, note = () => {}, times = systemTimes } = options
  const forms = jsonForms(times)
  const started = clock.now()
  const sessions = new Set<ClientSession>()
  const answering = (peer: Peer) => {
    const session = new ClientSession({
      host,
      peer,
      answerMs: options.answerMs ?? ANSWER_MS,
      note,
      connections: () => sessions,
      uptimeMs: () => clock.now() - started,
      forms,
    })
    sessions.add(session)
    void peer.closed.then(async () => {
      sessions.delete(session)
      await session.close()
    })
    const counted: Layer = (next) => (call) => {
      session.called()
      return next(call)
    }
    return speaksJson(peer.protocol)
      ? jsonImplementation({ session, forms, times, layers: [counted] })
      : implement(PlayerDriver, session.handlers(), { layers: [counted] })
  }
  const server = await serve(PlayerDriver, answering, {
    at: options.at,
    protocol: anyOf(msgpackRpc(), playerDriverJsonRpc()),
    limits: { ...LIMITS, ...options.limits },
    failed: (error) => note(error.message),
    clock,
    ...(options.observe && { observe: options.observe }),
  })
  let closing: Promise<void> | undefined
  const close = async (within: Duration): Promise<void> => {
    await server.close({ within })
    await host.close()
  }
  const running: DriverServer = {
    endpoint: server.endpoint,
    host,
    get connections() {
      return sessions.size
    },
    close({ within = '5s' } = {}) {
      closing ??= close(within)
      return closing
    },
    [Symbol.asyncDispose]: () => running.close(),
  }
  return running
}
