// The handler processes that take requests: each request goes to the one with the least in flight that
// has its route, and again to another where that is safe.
import { isTielineError, type Peer, TielineError } from 'tieline'
import type { Joining } from '../contract/bridge.js'
import type {
  Backend,
  BackendHealth,
  BackendSocket,
  BridgeRequest,
  BridgeResponse,
  BrowserSocket,
  InvokeContext,
  Route,
} from '../server/backend.js'
import { checkedRoutes, routesOfAll } from './pool-routes.js'
import { ProcessLink } from './process-link.js'

/** What the pool asks of whoever starts processes; nobody does when they all start by themselves. */
export interface Starter {
  readonly wanted: number
  readonly restarts: number
  /** Seconds until a process may be there again. */
  readonly retryAfterSeconds: number
}

/** Methods that may run twice, RFC 9110, 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
])
/** Processes that one request may be sent to. 2: a request that kills its process must not kill them all. */
const ATTEMPTS = 2
/** For what a process has in flight when it is to end, unless told. 10 s, as a connection's drain. */
const DRAIN_MS = 10_000
/** Milliseconds for a connection's close once nothing is in flight that was not given up. */
const FAREWELL_MS = 1000

type Run<T> = (link: ProcessLink, context: InvokeContext) => Promise<T>

export class Pool implements Backend {
  readonly #links: ProcessLink[] = []
  readonly #watchers = new Set<() => void>()
  /** Told by hand, as whoever starts processes needs the pool first. */
  starter: Starter | undefined
  /** Routes of processes that died: a browser is told 503 until one is back, and not 404. */
  #orphaned: ReadonlyMap<string, Route>[] = []
  #routes: readonly Route[] = []
  #next = 0
  #joined = 0
  #closed = false

  get routes(): readonly Route[] {
    return this.#routes
  }

  get links(): readonly ProcessLink[] {
    return this.#links
  }

  get inFlight(): number {
    return this.#links.reduce((sum, link) => sum + link.inFlight, 0)
  }

  watchRoutes(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  /** A process takes requests from now on. Throws `invalid-argument` for routes that are none. */
  join(peer: Peer, { routes, pid }: Joining): ProcessLink {
    if (this.#closed)
      throw new TielineError('unavailable', 'the server is closing', { crosses: true })
    if (this.#links.some((link) => link.peer === peer)) {
      throw new TielineError('invalid-argument', 'this process has joined already', {
        crosses: true,
      })
    }
    const id = `h${++this.#joined}`
    const link = new ProcessLink({ id, peer, pid: Number(pid), routes: checkedRoutes(routes) })
    this.#links.push(link)
    void peer.closed.then(() => this.#remove(link))
    this.#changed()
    return link
  }

  /** The process of a connection. */
  of(peer: unknown): ProcessLink | undefined {
    return this.#links.find((link) => link.peer === peer)
  }

  invoke(request: BridgeRequest, context: InvokeContext): Promise<BridgeResponse> {
    return this.#send(request, context, (link, left) => link.invoke(request, left))
  }

  connect(
    request: BridgeRequest,
    browser: BrowserSocket,
    context: InvokeContext,
  ): Promise<BackendSocket> {
    return this.#send(request, context, (link, left) => link.connect(request, browser, left))
  }

  health(): BackendHealth {
    const ready = this.#links.filter((link) => link.ready).length
    return {
      ready,
      wanted: this.starter?.wanted ?? ready,
      inFlight: this.inFlight,
      restarts: this.starter?.restarts ?? 0,
      processes: this.#links.map((link) => link.health),
    }
  }

  /** Sends a process nothing new; resolves when what it has is finished, or the time is over. */
  async retire(link: ProcessLink, withinMs = DRAIN_MS): Promise<void> {
    const drained = link.drain(withinMs)
    this.#orphaned = []
    this.#changed()
    await drained
  }

  async close({ withinMs = DRAIN_MS }: { readonly withinMs?: number } = {}): Promise<void> {
    this.#closed = true
    await Promise.all(
      this.#links.map(async (link) => {
        await link.drain(withinMs)
        await link.peer.close({ within: FAREWELL_MS })
      }),
    )
  }

  /** Sends it to the best process, and where that is safe to another when that one is lost. */
  async #send<T>(request: BridgeRequest, context: InvokeContext, run: Run<T>): Promise<T> {
    const link = this.#pick(request.route.id, undefined)
    if (link === undefined) throw this.#nobody(request)
    const from = performance.now()
    try {
      return await run(link, context)
    } catch (error) {
      if (!mayRunAgain(error, request, context)) throw error
      const timeoutMs = context.timeoutMs - (performance.now() - from)
      return this.#again(request, { ...context, timeoutMs }, run, { link, error })
    }
  }

  async #again<T>(
    request: BridgeRequest,
    context: InvokeContext,
    run: Run<T>,
    failed: { readonly link: ProcessLink; readonly error: unknown },
  ): Promise<T> {
    const tried = new Set([failed.link])
    let last = failed.error
    while (tried.size < ATTEMPTS) {
      const link = this.#pick(request.route.id, tried)
      if (link === undefined || context.timeoutMs <= 0) break
      tried.add(link)
      try {
        return await run(link, context)
      } catch (thrown) {
        if (!mayRunAgain(thrown, request, context)) throw thrown
        last = thrown
      }
    }
    // It never ran, and there is nobody else: that is no failure of a process but the lack of one.
    if (isTielineError(last) && last.sent === 'no') throw this.#nobody(request)
    throw last
  }

  /** Of those with as little in flight, each in its turn. */
  #pick(route: string, except: ReadonlySet<ProcessLink> | undefined): ProcessLink | undefined {
    const links = this.#links
    let best: ProcessLink | undefined
    for (let count = 0; count < links.length; count++) {
      const link = links[(this.#next + count) % links.length] as ProcessLink
      if (best !== undefined && link.inFlight >= best.inFlight) continue
      if (link.ready && link.routes.has(route) && except?.has(link) !== true) best = link
    }
    this.#next = (this.#next + 1) % Math.max(1, links.length)
    return best
  }

  #nobody({ route }: BridgeRequest): TielineError {
    const retryAfterSeconds = this.starter?.retryAfterSeconds ?? 1
    return new TielineError('unavailable', `no handler process takes requests for ${route.id}`, {
      origin: 'channel',
      sent: 'no',
      data: { retryAfterSeconds },
    })
  }

  #remove(link: ProcessLink): void {
    const at = this.#links.indexOf(link)
    if (at !== -1) this.#links.splice(at, 1)
    if (!link.draining && !this.#closed)
      this.#orphaned = [link.routes, ...this.#orphaned.slice(0, 8)]
    this.#changed()
  }

  #changed(): void {
    const living = this.#links.filter((link) => link.ready).map(({ routes }) => routes)
    const routes = routesOfAll([...this.#orphaned, ...living])
    // With nobody left the last routes stay: something is about to come back, or all is over.
    if (routes.length === 0 || sameRoutes(routes, this.#routes)) return
    this.#routes = routes
    for (const watcher of this.#watchers) watcher()
  }
}

function sameRoutes(one: readonly Route[], other: readonly Route[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function mayRunAgain(
  error: unknown,
  { route, method, body }: BridgeRequest,
  { signal }: InvokeContext,
): boolean {
  if (!isTielineError(error) || signal.aborted) return false
  // A stream can be read once; bytes can be sent again.
  if (body !== undefined && !(body instanceof Uint8Array)) return false
  if (error.code !== 'connection-lost' && error.code !== 'unavailable') return false
  // Refused by a process that is about to end, or never handed to the system: it did not run.
  if (error.code === 'unavailable' || error.sent === 'no') return true
  // What a socket's handler did cannot be told; browsers come again by themselves.
  return route.kind === 'http' && (route.idempotent ?? IDEMPOTENT.has(method))
}
