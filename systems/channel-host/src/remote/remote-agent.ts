// An agent in another process than the host: what it is asked for goes out as messages, and what the
// host says comes in to the handlers. connect-agent.ts keeps it connected.
import { type Clock, type Limits, TielineError } from 'tieline'
import type { CloseInfo } from 'tieline/channel'
import type {
  Agent,
  AgentDial,
  AgentPort,
  ChannelHandlers,
  DialOptions,
  PortOptions,
} from '../agent.js'
import type { Message } from '../envelope/messages.js'
import { agentClosed } from '../faults.js'
import { RemoteChannel } from './channel.js'
import { RemoteDials } from './dials.js'
import type { Hosts, Welcomed } from './hosts.js'
import { RemotePorts } from './ports.js'

export interface RemoteAgentOptions {
  readonly limits: Limits
  readonly clock: Clock
  readonly failed: (error: Error) => void
  /** It was closed or aborted: connect no more. */
  readonly ended: () => void
}

export class RemoteAgent implements Agent {
  readonly #options: RemoteAgentOptions
  readonly #channels = new Map<number, RemoteChannel>()
  /** Those that wait for credit or for the way to the host. */
  readonly #waiting = new Set<RemoteChannel>()
  readonly #ports: RemotePorts
  readonly #dials: RemoteDials
  #host: Welcomed | undefined
  #ended = false
  #closing: Promise<void> | undefined

  constructor(options: RemoteAgentOptions) {
    this.#options = options
    const now = () => this.#host
    const hosts: Hosts = {
      get now() {
        return now()
      },
      connected: () => this.#connected(),
      open: (...channel) => this.#open(...channel),
      tellLost: (options, error) => this.#tellLost(options, error),
    }
    this.#ports = new RemotePorts(hosts)
    this.#dials = new RemoteDials(hosts)
  }

  listen(port: number, options: PortOptions = {}): Promise<AgentPort> {
    return this.#ports.listen(port, options)
  }

  connect(url: string, options: DialOptions = {}): Promise<AgentDial> {
    return this.#dials.connect(url, options)
  }

  /** There is a connection. Resolves when the ports are listened on again. */
  attached(host: Welcomed): Promise<void> {
    this.#host = host
    this.#dials.attached()
    return this.#ports.attached()
  }

  /** The connection is gone: nothing of it is there any more. `again`: another will come. */
  detached(why: CloseInfo & { readonly error: Error }, again: boolean): void {
    this.#host = undefined
    for (const channel of [...this.#channels.values()]) channel.closed(why)
    this.#channels.clear()
    this.#waiting.clear()
    this.#dials.detached(why.error, again)
    this.#ports.detached(why.error, again)
  }

  /** The way to the host is free again. */
  drained(): void {
    // Those that wait on add themselves again.
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const channel of waiting) channel.room()
  }

  take(message: Message): void {
    switch (message.kind) {
      case 'MessageFromRemote':
        this.#channels.get(message.channel)?.arrived(message.content)
        break
      case 'Credit':
        this.#channels.get(message.channel)?.credit(message.bytes)
        break
      case 'Opened':
        this.#opened(message)
        break
      case 'ChannelClosed':
        this.#closed(message)
        break
      case 'PortListenResult':
        this.#ports.answered(message)
        break
      case 'PortIgnored':
        this.#ports.ignored(message.port)
        break
      case 'PortConnectResult':
        this.#dials.answered(message)
        break
      case 'Failure':
        this.#failed(message)
        break
      // A newer host's: what it tells an agent that does not know it, it can do without.
      default:
    }
  }

  #opened({ port: number, channel, userId }: Message & { kind: 'Opened' }): void {
    const options = this.#ports.optionsOf(number)
    if (options === undefined) {
      const why = { code: 'unavailable', message: 'the agent does not listen there' }
      this.#host?.link.send({ kind: 'CloseChannel', channel, ...why })
      return
    }
    this.#open(channel, number, userId, options)
  }

  #open(number: number, port: number, userId: string, handlers: ChannelHandlers): RemoteChannel {
    const { link, welcome } = this.#host as Welcomed
    const { clock, failed, limits } = this.#options
    const { messageBytes: frameBytes, queuedBytes } = welcome
    const channel = new RemoteChannel({
      number,
      port,
      userId,
      link,
      handlers,
      limits: { frameBytes, queuedBytes, drainMs: limits.drainMs },
      clock,
      failed,
      waits: (one) => this.#waiting.add(one),
    })
    this.#channels.set(number, channel)
    channel.opened()
    return channel
  }

  #closed(message: Message & { kind: 'ChannelClosed' }): void {
    const channel = this.#channels.get(message.channel)
    this.#channels.delete(message.channel)
    if (channel !== undefined) this.#waiting.delete(channel)
    channel?.closed(closeInfo(message))
    // Nothing more is sent on it: the host may give the number again.
    if (channel?.saidClose === true) return
    const known = { channel: message.channel, code: '', message: '' }
    this.#host?.link.send({ kind: 'CloseChannel', ...known })
  }

  #failed(message: Message & { kind: 'Failure' }): void {
    if (message.code === 'unknown-channel') {
      // It crossed with the channel's end, of which its handlers know.
      return
    }
    if (message.code === 'unknown-port') this.#ports.ignored(message.port)
    else if (message.channel === 0 && this.#ports.failed(message)) return
    this.#options.failed(new TielineError(message.code, message.message, { origin: 'channel' }))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#ended = true
    const host = this.#host
    const { clock, limits } = this.#options
    const timer = clock.after(limits.drainMs, () => {
      const message = `the host did not answer within ${limits.drainMs} ms`
      host?.link.abort(new TielineError('deadline-exceeded', message, { origin: 'channel' }))
    })
    this.#dials.close()
    const channels = [...this.#channels.values()].map((channel) => channel.close())
    await Promise.all([this.#ports.close(), ...channels])
    this.#options.ended()
    await host?.link.close()
    timer.cancel()
  }

  abort(reason: Error): void {
    this.#ended = true
    this.#options.ended()
    this.#host?.link.abort(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #tellLost(options: { lost?(error: Error): void }, error: Error): void {
    try {
      options.lost?.(error)
    } catch (thrown) {
      // It is over for the port in any case; that its agent failed is told.
      this.#options.failed(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  #connected(): Welcomed {
    if (this.#ended) throw agentClosed()
    if (this.#host === undefined) {
      const message = 'the host is gone; this agent connects to it again by itself'
      throw new TielineError('unavailable', message, { origin: 'channel' })
    }
    return this.#host
  }
}

function closeInfo({ byAgent, code, message }: Message & { kind: 'ChannelClosed' }): CloseInfo {
  const by = byAgent ? 'local' : 'remote'
  if (code === '') return { by }
  return { by, error: new TielineError(code, message, { origin: 'channel' }) }
}
