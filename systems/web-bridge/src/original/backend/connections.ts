// Connections to the original's handlers. Each carries one request at a time and then waits for the
// next, so that not every request opens one.
import { defaultLimits, isTielineError, type Limits, TielineError } from 'tieline'
import { Peer, type Service } from 'tieline/peer'
import type { Transport } from 'tieline/transport'
import { backendProtocol } from './dialect.js'

/** Connections kept for the next request. 16: as many requests as usually overlap. */
const KEPT = 16

export interface ConnectionsOptions {
  readonly transport: Transport
  readonly limits: Partial<Limits>
  /** What the handlers' side says of itself: ws_send, ws_close. On any connection: see `pin`. */
  readonly told: Service
}

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #all = new Set<Peer>()
  readonly #idle: Peer[] = []
  /**
   * Left in the middle of an answer, or not needed: closed as soon as no WebSocket is open. While one
   * is, those whose answer comes late after all are used again.
   */
  readonly #retired = new Set<Peer>()
  #pins = 0
  #closed = false
  /** Undefined: not asked yet. */
  #reachable: boolean | undefined
  #pid: number | undefined

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  get reachable(): boolean | undefined {
    return this.#reachable
  }

  /** Of the process at the other end, where the kernel tells. */
  get pid(): number | undefined {
    return this.#pid
  }

  /** One for a request: `release` or `retire` it. Rejects `unavailable` when nobody listens. */
  async take(signal?: AbortSignal): Promise<Peer> {
    for (let peer = this.#idle.pop(); peer !== undefined; peer = this.#idle.pop()) {
      if (peer.state === 'open') return peer
    }
    const most = this.#options.limits.connections ?? defaultLimits.connections
    if (this.#all.size >= most) throw tooMany(this.#options.transport.endpoint, most)
    return this.#open(signal)
  }

  /** Its answer has come whole. */
  release(peer: Peer): void {
    if (peer.state !== 'open' || this.#closed || this.#idle.length >= KEPT) this.retire(peer)
    else this.#idle.push(peer)
  }

  /** It must not carry another request. */
  retire(peer: Peer): void {
    this.#retired.add(peer)
    if (this.#pins === 0) this.#closeRetired()
  }

  /**
   * While WebSockets are open no connection is closed: the original's handlers forget all their
   * WebSockets when any connection ends, and speak on whichever began last.
   */
  pin(): void {
    this.#pins++
  }

  unpin(): void {
    if (--this.#pins === 0) this.#closeRetired()
  }

  async close(withinMs: number): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#all].map((peer) => peer.close({ within: withinMs })))
  }

  async #open(signal: AbortSignal | undefined): Promise<Peer> {
    const { transport, limits, told } = this.#options
    const channel = await transport
      .connect(signal === undefined ? {} : { signal })
      .catch((error: unknown) => {
        if (isTielineError(error, 'cancelled')) throw error
        this.#reachable = false
        throw nobodyListens(transport.endpoint, error)
      })
    this.#reachable = true
    this.#pid = channel.remote.credentials?.pid
    const peer: Peer = new Peer(channel, {
      protocol: backendProtocol(),
      role: 'client',
      service: told,
      limits,
      heartbeat: false,
      observe: { dropped: ({ what }) => what === 'late-answer' && this.#lateAnswer(peer) },
      // The HTTP server decides how long the process lives.
      hold: false,
    })
    this.#all.add(peer)
    void peer.closed.then(() => {
      this.#all.delete(peer)
      this.#retired.delete(peer)
      const at = this.#idle.indexOf(peer)
      if (at !== -1) this.#idle.splice(at, 1)
    })
    return peer
  }

  #lateAnswer(peer: Peer): void {
    if (this.#retired.delete(peer)) this.release(peer)
  }

  #closeRetired(): void {
    const all = [...this.#retired]
    this.#retired.clear()
    for (const peer of all) peer.abort(new Error('this connection is not needed any more'))
  }
}

function nobodyListens(endpoint: string, cause: unknown): TielineError {
  const message = `the original's handlers do not answer at ${endpoint}`
  // A second: as long as a handler process takes to come back.
  const data = { retryAfterSeconds: 1 }
  return new TielineError('unavailable', message, { origin: 'channel', endpoint, cause, data })
}

function tooMany(endpoint: string, most: number): TielineError {
  const message = `more than ${most} connections to ${endpoint} (limit connections)`
  return new TielineError('resource-exhausted', message, { endpoint, sent: 'no' })
}
