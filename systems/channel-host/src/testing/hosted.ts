// For tests: a host with an agent of either kind, and clients as a page or another program would be.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Channel, CloseInfo } from 'tieline/channel'
import { websocket } from 'tieline/transport'
import {
  type Agent,
  type AgentChannel,
  ChannelHost,
  type ChannelHostOptions,
  type ConnectAgentOptions,
  connectAgent,
  type PortOptions,
} from '../index.js'

/** A host, an endpoint where agents connect, and what was told to its `failed`. */
export class Hosted implements AsyncDisposable {
  readonly host: ChannelHost
  readonly at: string
  readonly failures: Error[] = []
  readonly #directory = mkdtempSync(join(tmpdir(), 'channel-host-'))
  readonly #agents: Agent[] = []

  constructor(options: ChannelHostOptions = {}) {
    this.host = new ChannelHost({ failed: (error) => this.failures.push(error), ...options })
    this.at = `unix:${join(this.#directory, 'agents.sock')}`
  }

  /** An agent of that kind. */
  async agent(kind: AgentKind, options: ConnectAgentOptions = {}): Promise<Agent> {
    if (kind === 'in the process of the host') return this.host.agent()
    if (this.#agents.length === 0) await this.host.serveAgents({ at: this.at })
    const failed = (error: Error) => this.failures.push(error)
    const agent = await connectAgent({ at: this.at, failed, ...options })
    this.#agents.push(agent)
    return agent
  }

  client(endpoint: string): Promise<Client> {
    return client(endpoint, this.host.token ?? false)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent.abort(new Error('the test is over'))
    await this.host.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

export const agentKinds = ['in the process of the host', 'in another process'] as const
export type AgentKind = (typeof agentKinds)[number]

/** What an agent was told, in order. */
export class Told implements PortOptions {
  readonly userId: string
  readonly events: string[] = []
  readonly channels: AgentChannel[] = []
  readonly messages: Uint8Array[] = []
  readonly ends: CloseInfo[] = []
  readonly losses: Error[] = []
  #drains = 0

  constructor(userId = 'test') {
    this.userId = userId
  }

  get drains(): number {
    return this.#drains
  }

  /** The newest channel. */
  get channel(): AgentChannel {
    return this.channels.at(-1) as AgentChannel
  }

  opened(channel: AgentChannel): void {
    this.channels.push(channel)
    this.events.push(`opened ${channel.number}`)
  }

  message(channel: AgentChannel, message: Uint8Array): void {
    this.messages.push(message)
    this.events.push(`message ${channel.number} ${Buffer.from(message).toString('latin1', 0, 20)}`)
  }

  drained(_channel: AgentChannel): void {
    this.#drains += 1
  }

  closed(channel: AgentChannel, why: CloseInfo): void {
    this.ends.push(why)
    this.events.push(`closed ${channel.number}`)
  }

  lost(error: Error): void {
    this.losses.push(error)
  }
}

export interface Client {
  readonly channel: Channel
  readonly messages: Uint8Array[]
  readonly ends: CloseInfo[]
  bytes: number
}

/** A WebSocket client that takes what comes. */
export async function client(endpoint: string, token: string | false): Promise<Client> {
  const channel = await websocket(endpoint, { token }).connect({ limits: { frameBytes: 2 ** 26 } })
  const client: Client = { channel, messages: [], ends: [], bytes: 0 }
  channel.open({
    message(chunk) {
      client.messages.push(new Uint8Array(chunk))
      client.bytes += chunk.length
    },
    drained() {},
    closed: (why) => client.ends.push(why),
  })
  return client
}

export const bytesOf = (text: string) => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)
