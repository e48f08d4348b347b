// A handler process's connection to the server: one, both ways. The process joins with its routes,
// answers requests, and calls functions of the server's process.
import { setMaxListeners } from 'node:events'
import {
  type Client,
  type ConnectedClient,
  connect,
  implement,
  isTielineError,
  type Observer,
  type Peer,
  TielineError,
} from 'tieline'
import { Bridge } from '../contract/bridge.js'
import { HandlerProcess } from '../contract/handler-process.js'
import { BRIDGE_LIMITS } from '../contract/limits.js'
import { Parcels } from '../contract/parcels.js'
import type { HandlerLog, HandlerSetup } from '../handlers/handler.js'
import { overServer } from '../rpc/over-bridge.js'
import { rpcOver } from '../rpc/rpc.js'
import { type AnswerParts, answer, connectionLost } from './answers.js'
import type { Runtime } from './runtime.js'
import { socketFrames } from './socket-session.js'

export interface LinkOptions {
  /** The server's endpoint: `local:web-bridge`. */
  readonly at: string
  /** Makes the runtime once the connection stands, so that rpc works from its first line. */
  readonly runtime: (setup: HandlerSetup) => Runtime | Promise<Runtime>
  readonly log: HandlerLog
  /** What the server gave a process that it started. */
  readonly launch?: string | undefined
  /** Come back after the server was lost. False for a process that the server started: it ends. */
  readonly reconnect?: boolean
  readonly signal?: AbortSignal
  /** Said at every joining. */
  readonly joined?: (id: string) => void
  readonly observe?: Observer
}

export interface HandlerLink {
  readonly endpoint: string
  /** How many it serves. */
  readonly routes: number
  /** Resolves when the connection is over for good; rejects with why it could not go on. */
  readonly ended: Promise<void>
  /** Takes no more requests, finishes those in flight, closes. Never rejects. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Connects to a server and serves its requests. Rejects with `connection-refused` when there is no
 * server, with what `runtime` throws, and with what the server refuses.
 */
export async function linkHandlers(options: LinkOptions): Promise<HandlerLink> {
  const link = new Link(options)
  await link.start()
  return link
}

class Link implements HandlerLink {
  readonly endpoint: string
  readonly ended: Promise<void>
  readonly #options: LinkOptions
  readonly #draining = new AbortController()
  readonly #parcels = new WeakMap<object, Parcels>()
  #parts: AnswerParts | undefined
  #server: ConnectedClient<typeof Bridge> | undefined
  #settle!: { over: () => void; failed: (error: Error) => void }
  #closing: Promise<void> | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    this.endpoint = options.at
    // Every socket and every stream without an end listens.
    setMaxListeners(0, this.#draining.signal)
    this.ended = new Promise((over, failed) => {
      this.#settle = { over, failed }
    })
    // Whoever wants to know waits for it; a process that only closes does not.
    this.ended.catch(ignored)
  }

  get routes(): number {
    return this.#ready().runtime.routes.length
  }

  async start(): Promise<void> {
    const { at, log, runtime, reconnect = false, signal, observe } = this.#options
    const server = await connect(Bridge, {
      at,
      offers: implement(HandlerProcess, {
        invoke: (params, call) => answer(params, call, this.#parcelsOf(call.peer), this.#ready()),
        body: (number, call) => this.#parcelsOf(call.peer).take(number),
        drop: (number, call) => this.#parcelsOf(call.peer).drop(number, new Error('not wanted')),
        drain: () => this.#draining.abort(),
        socket: (params, call) => socketFrames(params, call, this.#ready()),
      }),
      reconnect: reconnect ? {} : false,
      limits: BRIDGE_LIMITS,
      ...(signal && { signal }),
      ...(observe && { observe }),
    })
    this.#server = server
    try {
      const draining = this.#draining.signal
      const rpc = rpcOver(overServer(server))
      this.#parts = { runtime: await runtime({ rpc, log, draining }), log, draining }
      await this.#join(server)
    } catch (error) {
      server.$connection.abort()
      throw error
    }
    this.#watch(server)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    try {
      // Requests come until another process is there; then the server says `drain`.
      await this.#server?.leave()
    } catch {
      // The server is gone, or takes too long: then the connection is closed with what is in flight.
    }
    this.#draining.abort()
    await this.#server?.$connection.close()
    this.#settle.over()
  }

  #watch(server: ConnectedClient<typeof Bridge>): void {
    server.$connection.watch((status) => {
      if (status.state === 'connected') {
        this.#join(server).catch((error: Error) => {
          // Lost again meanwhile: the next connection joins. Refused: nothing would change by waiting.
          if (server.$connection.status.state !== 'connected') return
          server.$connection.abort(error)
        })
      }
      if (status.state !== 'closed') return
      // Without a server there is nothing to do, and that is no fault of this process.
      const { error } = status
      if (error === undefined || isTielineError(error, 'connection-lost')) this.#settle.over()
      else this.#settle.failed(error)
    })
    if (server.$connection.status.state === 'closed') this.#settle.over()
  }

  async #join(server: Client<typeof Bridge>): Promise<void> {
    const { launch, joined } = this.#options
    const { routes } = this.#ready().runtime
    const { pid } = process
    const { id } = await server.join({ routes, pid, ...(launch !== undefined && { launch }) })
    joined?.(id)
  }

  #ready(): AnswerParts {
    if (this.#parts !== undefined) return this.#parts
    throw new TielineError('unavailable', 'the handlers are not loaded yet', { crosses: true })
  }

  /** The bodies of one connection: they end with it. */
  #parcelsOf(peer: object): Parcels {
    const known = this.#parcels.get(peer)
    if (known !== undefined) return known
    const made = new Parcels()
    this.#parcels.set(peer, made)
    void (peer as Peer).closed.then(({ error }) => made.clear(connectionLost(error)))
    return made
  }
}

function ignored(): void {}
