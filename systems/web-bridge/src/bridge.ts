// The web bridge as one value: the HTTP server, the endpoint that handler processes and rpc clients
// connect to, the pool, and the processes that it starts itself.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import {
  type Clock,
  type Duration,
  type Layer,
  milliseconds,
  type Observer,
  type Peer,
  type Server,
  serve,
  systemClock,
  TielineError,
} from 'tieline'
import { Bridge } from './contract/bridge.js'
import { BRIDGE_LIMITS } from './contract/limits.js'
import { toErrorLine } from './handlers/error-line.js'
import type { HandlerLog } from './handlers/handler.js'
import { lineLog } from './handlers/log.js'
import { type MetricsExposure, type Observation, observation } from './observe/observation.js'
import { Fleet } from './pool/fleet.js'
import { Pool } from './pool/pool.js'
import { watchCode } from './pool/watch.js'
import { type RpcFunctions, type RpcService, rpcService } from './rpc/functions.js'
import { Access, type AccessOptions } from './server/access.js'
import type { Backend, BackendHealth } from './server/backend.js'
import { bridgeHandlers } from './server/bridge-handlers.js'
import { Front } from './server/front.js'
import type { BridgeLayer } from './server/middleware.js'
import { healthRoute, rpcRoute } from './server/own-routes.js'
import type { OwnRoute } from './server/router.js'

export interface BridgeOptions extends AccessOptions {
  /** Where browsers connect. 127.0.0.1 and 3000 unless told; port 0: any free one. */
  readonly host?: string
  readonly port?: number
  /** Where handler processes and rpc clients connect. `local:web-bridge` unless told. */
  readonly at?: string
  /** Modules that export `routes`, and route files: loaded in processes of their own. */
  readonly modules?: readonly (string | URL)[]
  /** Handler processes to start. 1 unless told. */
  readonly processes?: number
  /** Before the program of each, for Node: `--import tsx`. */
  readonly execArgv?: readonly string[]
  /** Directories whose changes exchange the processes, for development. None unless told. */
  readonly watch?: readonly string[]
  /** Functions that handlers and rpc clients call. */
  readonly rpc?: readonly RpcFunctions[]
  /** Around all functions, the first outermost. */
  readonly rpcLayers?: readonly Layer[]
  /** Around every request, the first outermost. */
  readonly layers?: readonly BridgeLayer[]
  /** Numbers for Prometheus. None unless told; true: at `/metrics`, for programs of this machine. */
  readonly metrics?: boolean | MetricsExposure
  /** Paths of the server's own beside `/health` and `/__zap_rpc`; a handler's route goes before them. */
  readonly own?: readonly OwnRoute[]
  /** What runs the handlers instead of the pool of our own processes. */
  readonly backend?: Backend
  /** Until the head of a response, and of an rpc call over HTTP. 30 s unless told. */
  readonly timeout?: Duration
  /** Bytes of a request's body; past it 413. 16 MiB unless told; routes may say otherwise. */
  readonly maxBodyBytes?: number
  /** Bytes of one WebSocket message. 1 MiB unless told. */
  readonly maxMessageBytes?: number
  /** What is in flight gets so long when a process or the server ends. 10 s unless told. */
  readonly drain?: Duration
  /** A process has so long to start and join. 30 s unless told. */
  readonly start?: Duration
  /** Quiet time until a process is asked whether it lives; twice as long and it is ended. 5 s unless told. */
  readonly heartbeat?: Duration
  /** The token of `POST /__zap_rpc`; a new random one unless told. */
  readonly token?: string
  /** Stacks and details in error responses. False unless told. */
  readonly development?: boolean
  readonly log?: HandlerLog
  readonly observe?: Observer
}

export interface WebBridge {
  /** `http://127.0.0.1:3000` */
  readonly url: string
  readonly endpoint: string
  readonly token: string
  readonly backend: Backend
  /** Where the metrics are, when they have a server of their own. */
  readonly metricsUrl: string | undefined
  health(): BackendHealth
  /** Exchanges all processes that were started here, one by one; see `Fleet.roll`. */
  restart(): Promise<void>
  /** Takes no more, finishes what is in flight, ends the processes. Never rejects; may be called again. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** As much as the original takes. */
const BODY_BYTES = 16 * 1024 * 1024
const MESSAGE_BYTES = 1024 * 1024

/**
 * The requests of many browsers come in one turn of the event loop, each in a tick of its own: what goes
 * to a handler process is written once a turn, and not once a tick.
 */
const joining: Clock = { ...systemClock, soon: (run) => void setImmediate(run) }

/**
 * Starts a web bridge; resolves when it takes requests. Rejects with `endpoint-in-use` for the port or
 * the endpoint, `invalid-argument` for routes or options that can not be, `unavailable` when a handler
 * process does not come up.
 * @example
 * await using bridge = await startBridge({ modules: ['./handlers.js'], processes: 2, rpc: [{ add }] })
 */
export async function startBridge(options: BridgeOptions = {}): Promise<WebBridge> {
  const bridge = new Running(options, await observation(options))
  try {
    await bridge.start()
  } catch (error) {
    await bridge.close()
    throw error
  }
  return bridge
}

class Running implements WebBridge {
  readonly token: string
  readonly backend: Backend
  readonly #options: BridgeOptions
  readonly #log: HandlerLog
  readonly #drainMs: number
  readonly #pool: Pool
  readonly #rpc: RpcService
  readonly #front: Front
  readonly #observed: Observation
  #fleet: Fleet | undefined
  #server: Server | undefined
  #unwatch: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(options: BridgeOptions, observed: Observation) {
    const { host = '127.0.0.1', port = 3000, development = false } = options
    checkPort(port)
    checkPort(typeof options.metrics === 'object' ? options.metrics.port : undefined)
    this.#options = options
    this.#log = options.log ?? lineLog()
    this.#drainMs = milliseconds(options.drain ?? '10s')
    this.token = options.token ?? randomBytes(24).toString('base64url')
    this.#pool = new Pool()
    this.backend = options.backend ?? this.#pool
    this.#observed = observed
    this.#rpc = rpcService(options.rpc ?? [], this.#observed.rpcLayers)
    const log = this.#log
    const access = new Access(host, options)
    const timeoutMs = milliseconds(options.timeout ?? '30s')
    const { token } = this
    const { service } = this.#rpc
    this.#front = new Front({
      backend: this.backend,
      host,
      port,
      layers: this.#observed.layers,
      access,
      timeoutMs,
      maxBodyBytes: options.maxBodyBytes ?? BODY_BYTES,
      maxMessageBytes: options.maxMessageBytes ?? MESSAGE_BYTES,
      development,
      log,
      ...(this.#observed.unhandled && { unhandled: this.#observed.unhandled }),
      own: [
        healthRoute(this.backend),
        rpcRoute({ service, token, access, timeoutMs, log }),
        ...this.#observed.own,
        ...(options.own ?? []),
      ],
    })
  }

  get url(): string {
    return this.#front.url
  }

  get endpoint(): string {
    return this.#options.at ?? 'local:web-bridge'
  }

  get metricsUrl(): string | undefined {
    return this.#observed.url
  }

  health(): BackendHealth {
    return this.backend.health()
  }

  async start(): Promise<void> {
    const { heartbeat = '5s', observe, modules = [] } = this.#options
    this.#server = await serve(
      Bridge,
      (peer: Peer) =>
        bridgeHandlers(peer, {
          pool: this.#pool,
          fleet: () => this.#fleet,
          routed: () => this.#front.routed,
          rpc: this.#rpc,
          drainMs: this.#drainMs,
        }),
      {
        at: this.endpoint,
        limits: BRIDGE_LIMITS,
        heartbeat,
        clock: joining,
        failed: (error) => this.#log.warn({}, error.message),
        ...(observe && { observe }),
      },
    )
    if (modules.length > 0 && this.#options.backend === undefined) {
      await this.#front.tryAddress()
      this.#fleet = this.#makeFleet(modules)
      this.#pool.starter = this.#fleet
      await this.#fleet.start()
    }
    await this.#observed.start(
      () => this.health(),
      () => this.#front.sockets,
    )
    await this.#front.listen()
    const { watch = [] } = this.#options
    this.#unwatch = watchCode(watch, (file) => {
      this.#log.info({}, `${file} has changed: exchanging the handler processes`)
      this.restart().catch((error: unknown) => {
        this.#log.error({}, `the old code goes on: ${toErrorLine(error)}`)
      })
    })
  }

  async restart(): Promise<void> {
    await this.#fleet?.roll()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#unwatch?.()
    // Browsers first: what they still wait for needs the processes.
    await this.#front.close(this.#drainMs)
    await this.#fleet?.close()
    await this.backend.close({ withinMs: this.#drainMs })
    await this.#server?.close({ within: this.#drainMs })
    await this.#observed.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #makeFleet(modules: readonly (string | URL)[]): Fleet {
    const { processes = 1, execArgv = [], development = false, start = '30s' } = this.#options
    const program = fileURLToPath(new URL('./runtime/main.js', import.meta.url))
    return new Fleet({
      pool: this.#pool,
      processes,
      startMs: milliseconds(start),
      drainMs: this.#drainMs,
      log: this.#log,
      command: {
        file: process.execPath,
        args: [...execArgv, program, ...modules.map(pathOf)],
        env: {
          ...process.env,
          WEB_BRIDGE_AT: this.endpoint,
          WEB_BRIDGE_DEVELOPMENT: development ? '1' : undefined,
        },
      },
    })
  }
}

function pathOf(module: string | URL): string {
  return typeof module === 'string' ? module : fileURLToPath(module)
}

function checkPort(port: number | undefined): void {
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535)) return
  throw new TielineError('invalid-argument', `port ${port}: a port is a number from 0 to 65535`)
}
