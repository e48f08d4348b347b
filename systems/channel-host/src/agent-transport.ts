// A port of the host as a transport: each client that comes is a channel, so that `serve` answers a
// contract there as it does anywhere else.
import { TielineError } from 'tieline'
import type { Channel, ChannelSink, CloseInfo } from 'tieline/channel'
import type { Transport } from 'tieline/transport'
import type { Agent, AgentChannel, AgentPort } from './agent.js'

export interface AgentTransportOptions {
  /** Where clients come; 0: any that is free. */
  readonly port: number
  /** Tells this agent from others; empty unless told. */
  readonly userId?: string
  /** The host is gone, or gave the port to another. */
  readonly lost?: (error: Error) => void
}

/**
 * A port of the agent's host, for `serve`. Its `listen` rejects as `Agent.listen` does, and its `connect`
 * with `unsupported`.
 * @example
 * await serve(Greeter, handlers, { at: agentTransport(agent, { port: 9001 }) })
 */
export function agentTransport(agent: Agent, options: AgentTransportOptions): Transport {
  const { port, userId, lost } = options
  const endpoint = `channel-host port ${port}`
  return {
    endpoint,
    unit: 'message',
    async listen({ accept }) {
      const channels = new Map<AgentChannel, PortChannel>()
      const listening: AgentPort = await agent.listen(port, {
        ...(userId !== undefined && { userId }),
        ...(lost && { lost }),
        opened(client) {
          const channel = new PortChannel(client)
          channels.set(client, channel)
          accept(channel)
        },
        message: (client, bytes) => channels.get(client)?.arrived(bytes),
        drained: (client) => channels.get(client)?.drained(),
        closed(client, why) {
          channels.get(client)?.ended(why)
          channels.delete(client)
        },
      })
      return {
        endpoint: listening.endpoint,
        // The agent's connection to the host decides that.
        hold: () => {},
        close: () => listening.ignore(),
      }
    },
    async connect() {
      throw new TielineError('unsupported', `${endpoint}: clients come to it`, { endpoint })
    },
  }
}

class PortChannel implements Channel {
  readonly unit = 'message'
  readonly remote: Channel['remote']
  readonly #client: AgentChannel
  #sink: ChannelSink | undefined
  /** What came before there was a sink. */
  readonly #early: Uint8Array[] = []
  #why: CloseInfo | undefined

  constructor(client: AgentChannel) {
    this.#client = client
    this.remote = { endpoint: `channel ${client.number} of port ${client.port}` }
    client.pause()
  }

  get buffered(): number {
    return this.#client.buffered
  }

  open(sink: ChannelSink): void {
    if (this.#sink !== undefined) {
      const message = `${this.remote.endpoint} is open already: give each channel to one peer, which opens it once`
      throw new TielineError('invalid-argument', message)
    }
    this.#sink = sink
    for (const message of this.#early.splice(0)) sink.message(message)
    if (this.#why) sink.closed(this.#why)
    else this.#client.resume()
  }

  /** The host keeps what it is given, and the sender writes over it: so it is copied. */
  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    return this.#client.send(copied(data))
  }

  pause(): void {
    this.#client.pause()
  }

  resume(): void {
    this.#client.resume()
  }

  /** There is no system handle: the agent's connection to the host has it. */
  hold(): void {}

  async close({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const cut = () => this.abort(new TielineError('cancelled', 'the close took too long'))
    if (signal?.aborted) cut()
    signal?.addEventListener('abort', cut, { once: true })
    await this.#client.close()
    signal?.removeEventListener('abort', cut)
  }

  abort(reason: Error): void {
    this.#client.abort(reason)
  }

  arrived(message: Uint8Array): void {
    if (this.#sink) this.#sink.message(message)
    else this.#early.push(message)
  }

  drained(): void {
    this.#sink?.drained()
  }

  ended(why: CloseInfo): void {
    this.#why = why
    this.#sink?.closed(why)
  }
}

function copied(data: Uint8Array | readonly Uint8Array[]): Uint8Array {
  if (data instanceof Uint8Array) return data.slice()
  const all = new Uint8Array(data.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const piece of data) {
    all.set(piece, at)
    at += piece.byteLength
  }
  return all
}
