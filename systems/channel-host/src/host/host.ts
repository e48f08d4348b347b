// The host: it lets clients in, gives each a number, and tells the agents.
import { TielineError, toError } from 'tieline'
import type { Channel } from 'tieline/channel'
import { type Transport, transportFor } from 'tieline/transport'
import type { Agent } from '../agent.js'
import { AgentLink } from './agent-link.js'
import { HostCore } from './core.js'
import { LocalAgent } from './local-agent.js'
import {
  AGENTS_AT,
  type AgentListener,
  type ChannelHostOptions,
  type HostStatus,
  type ServeAgentsOptions,
} from './options.js'

/**
 * Browsers and agents on numbered channels. Throws `invalid-argument` for options that cannot be.
 * @example
 * const host = new ChannelHost({ origins: ['http://127.0.0.1:5173'] })
 * await host.agent().listen(9001, { message: (channel, bytes) => channel.send(bytes) })
 */
export class ChannelHost {
  readonly #core: HostCore
  readonly #agents = new Set<LocalAgent>()
  readonly #links = new Set<AgentLink>()
  readonly #listeners = new Set<AgentListener>()
  #closed = false

  constructor(options: ChannelHostOptions = {}) {
    this.#core = new HostCore(options)
  }

  /** What clients must show; undefined when there is no token. */
  get token(): string | undefined {
    return this.#core.token
  }

  /** An agent in this process. Throws `unavailable` when the host is closed. */
  agent(): Agent {
    this.#check()
    const agent = new LocalAgent(this.#core, { ended: (one) => this.#agents.delete(one) })
    this.#agents.add(agent)
    return agent
  }

  /** Lets agents in other processes connect. Rejects as `Transport.listen` does. */
  async serveAgents(options: ServeAgentsOptions = {}): Promise<AgentListener> {
    this.#check()
    const { at = AGENTS_AT } = options
    const transport: Transport = typeof at === 'string' ? await transportFor(at) : at
    if (transport.unit === 'message') {
      const message = `agents need a channel of bytes, and ${transport.endpoint} keeps messages apart`
      throw new TielineError('unsupported', message, { endpoint: transport.endpoint })
    }
    // Wrong origins and the like are the starter's to know, not the first agent's.
    await this.#core.check()
    const { limits, failed } = this.#core
    const bound = await transport.listen({ limits, failed, accept: (one) => this.#accept(one) })
    const listener: AgentListener = {
      endpoint: bound.endpoint,
      close: async () => {
        this.#listeners.delete(listener)
        await bound.close()
      },
    }
    this.#listeners.add(listener)
    if (this.#closed) await listener.close()
    return listener
  }

  get status(): HostStatus {
    const agents = [...this.#agents, ...[...this.#links].map((link) => link.agent)]
    const ports = agents.flatMap((agent) =>
      agent.ports.map(({ port, userId, endpoint }) => {
        const channels = [...agent.channels].filter((channel) => channel.port === port).length
        return { port, userId, endpoint, channels }
      }),
    )
    const channels = agents.reduce((sum, agent) => sum + agent.channels.size, 0)
    return { ports, channels, agents: this.#links.size }
  }

  /**
   * Lets nobody in any more, sends what waits, closes every client with 1001 and every agent, and
   * resolves when all have been told. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true
    const why = new TielineError('unavailable', 'the host is closing', { origin: 'channel' })
    const ended = [
      ...[...this.#listeners].map((listener) => listener.close()),
      ...[...this.#agents].map((agent) => agent.leave(why)),
      ...[...this.#links].map((link) => link.close(why)),
    ]
    await Promise.all(ended)
  }

  /** The same at once; what waits is dropped. */
  abort(reason: Error): void {
    this.#closed = true
    for (const listener of this.#listeners) {
      listener.close().catch((thrown) => this.#core.failed(toError(thrown)))
    }
    for (const agent of this.#agents) agent.abort(reason)
    for (const link of this.#links) link.abort(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(channel: Channel): void {
    const { connections } = this.#core.limits
    if (this.#closed || this.#links.size >= connections) {
      const message = `an agent was turned away; the limit connections is ${connections}`
      const error = new TielineError('resource-exhausted', message, { origin: 'channel' })
      channel.abort(error)
      if (!this.#closed) this.#core.failed(error)
      return
    }
    const link = new AgentLink(this.#core, channel, (one) => this.#links.delete(one))
    this.#links.add(link)
    link.start()
  }

  #check(): void {
    if (this.#closed) throw new TielineError('unavailable', 'this host is closed')
  }
}
