// Connects an agent in another process to its host, and again after each loss.
import {
  type BackoffOptions,
  type Clock,
  type Limits,
  limitsWith,
  systemClock,
  TielineError,
  toError,
} from 'tieline'
import type { CloseInfo } from 'tieline/channel'
import { Backoff } from 'tieline/connector'
import { type Transport, transportFor } from 'tieline/transport'
import type { Agent } from '../agent.js'
import { Link } from '../envelope/link.js'
import { VERSION } from '../envelope/messages.js'
import { AGENTS_AT } from '../host/options.js'
import type { Welcomed } from './hosts.js'
import { RemoteAgent } from './remote-agent.js'

export interface ConnectAgentOptions {
  /** Where the host is. Default `local:channel-host`. */
  readonly at?: string | Transport
  /**
   * How to come back when the host is lost: ports are listened on again, servers dialled again. False:
   * the agent ends with the connection. Default: comes back.
   */
  readonly reconnect?: BackoffOptions | false
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  /** The connection to the host broke off; channels have been told `closed` before. */
  readonly lost?: (error: Error) => void
  /** It stands again, and the ports are listened on again. */
  readonly restored?: () => void
  /** Told of handlers that threw, and of what the host could not do. */
  readonly failed?: (error: Error) => void
  readonly limits?: Partial<Limits>
  readonly clock?: Clock
}

/**
 * An agent in another process than its host. Rejects with `connection-refused` when there is no host,
 * with `version-mismatch`
 * when it is too new, and with `invalid-argument` when it takes longer messages than `limits` here.
 * @example
 * await using agent = await connectAgent({ at: 'local:channel-host' })
 * await agent.listen(9001, { message: (channel, bytes) => channel.send(bytes) })
 */
export async function connectAgent(options: ConnectAgentOptions = {}): Promise<Agent> {
  const { at = AGENTS_AT } = options
  const transport = typeof at === 'string' ? await transportFor(at) : at
  const connection = new AgentConnection(transport, options)
  await connection.open(options.signal)
  return connection.agent
}

class AgentConnection {
  readonly agent: RemoteAgent
  readonly #transport: Transport
  readonly #options: ConnectAgentOptions
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #stop = new AbortController()
  #since = 0

  constructor(transport: Transport, options: ConnectAgentOptions) {
    this.#transport = transport
    this.#options = options
    this.#limits = limitsWith(options.limits)
    this.#clock = options.clock ?? systemClock
    this.#backoff = new Backoff(options.reconnect || {})
    this.agent = new RemoteAgent({
      limits: this.#limits,
      clock: this.#clock,
      failed: (error) => options.failed?.(error),
      ended: () => this.#stop.abort(new TielineError('cancelled', 'this agent is closed')),
    })
  }

  /** Resolves when the host has said Welcome and the ports of before are listened on. */
  async open(signal: AbortSignal = this.#stop.signal): Promise<void> {
    const limits = this.#limits
    const channel = await this.#transport.connect({ limits, signal })
    await new Promise<void>((resolve, reject) => {
      let host: Welcomed | undefined
      const endpoint = this.#transport.endpoint
      const link: Link = new Link(
        channel,
        { limits, clock: this.#clock, name: `the host at ${endpoint}` },
        {
          message: (message) => {
            if (host !== undefined) this.agent.take(message)
            else if (message.kind !== 'Welcome' || message.version !== VERSION) {
              link.abort(notOurs(endpoint, message))
            } else if (message.messageBytes > limits.frameBytes) {
              link.abort(tooSmall(endpoint, message.messageBytes, limits))
            } else if (this.#stop.signal.aborted) {
              link.abort(toError(this.#stop.signal.reason))
            } else {
              host = { link, welcome: message }
              this.#since = this.#clock.now()
              timer.cancel()
              this.agent.attached(host).then(resolve, reject)
            }
          },
          drained: () => this.agent.drained(),
          closed: ({ by, error = closedByHost(endpoint) }) => {
            timer.cancel()
            reject(error)
            if (host !== undefined) this.#lost({ by, error })
          },
        },
      )
      const timer = this.#clock.after(limits.firstFrameMs, () => {
        const message = `the host at ${endpoint} said nothing within ${limits.firstFrameMs} ms`
        link.abort(new TielineError('deadline-exceeded', message, { origin: 'channel', endpoint }))
      })
      link.start()
    })
  }

  #lost(why: CloseInfo & { readonly error: Error }): void {
    const { error } = why
    const again = this.#options.reconnect !== false && !this.#stop.signal.aborted
    // What this side breaks off because of what the host sent is the host's doing.
    const by = this.#stop.signal.aborted ? why.by : 'remote'
    this.agent.detached({ by, error }, again)
    if (this.#stop.signal.aborted) return
    this.#guard(() => this.#options.lost?.(error))
    if (!again) {
      this.agent.abort(error)
      return
    }
    this.#backoff.stood(this.#clock.now() - this.#since)
    void this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#wait(this.#backoff.next())
      if (signal.aborted) return
      const since = this.#since
      try {
        await this.open()
      } catch (thrown) {
        // A connection that stood has been told as lost, and comes back by itself.
        if (this.#since !== since) return
        if (signal.aborted) return
        this.#options.failed?.(toError(thrown))
        continue
      }
      this.#guard(() => this.#options.restored?.())
      return
    }
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop
    return new Promise((resolve) => {
      const over = () => {
        timer.cancel()
        signal.removeEventListener('abort', over)
        resolve()
      }
      const timer = this.#clock.after(ms, over)
      timer.hold(true)
      signal.addEventListener('abort', over, { once: true })
      if (signal.aborted) over()
    })
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      this.#options.failed?.(toError(thrown))
    }
  }
}

function notOurs(endpoint: string, message: { kind: string; version?: number }): TielineError {
  const details = { origin: 'protocol', endpoint } as const
  if (message.kind !== 'Welcome') {
    const text = `what is at ${endpoint} said ${message.kind} before Welcome; is it a channel host?`
    return new TielineError('malformed', text, details)
  }
  const text = `the host at ${endpoint} speaks version ${message.version}, and this agent ${VERSION}`
  return new TielineError('version-mismatch', text, details)
}

/** Found now, and not with the first large message of a client. */
function tooSmall(endpoint: string, bytes: number, { frameBytes }: Limits): TielineError {
  const theirs = `the host at ${endpoint} takes messages of ${bytes} bytes`
  const text = `${theirs}; this agent's limit frameBytes is ${frameBytes}: set it to the same`
  return new TielineError('invalid-argument', text, { endpoint })
}

function closedByHost(endpoint: string): TielineError {
  const message = `the host at ${endpoint} closed the connection`
  return new TielineError('connection-lost', message, { origin: 'channel', endpoint })
}
