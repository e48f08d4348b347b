// What a channel host may be told.
import type { Clock, Limits } from 'tieline'
import type { AccessOptions, Transport, WebSocketOptions } from 'tieline/transport'

export interface ChannelHostOptions extends AccessOptions {
  /**
   * What every client must show, as docs/websocket.md says. Default: TIELINE_TOKEN of the environment,
   * else 32 random bytes, to be read from `host.token`. False: none; then `origins` is the guard.
   */
  readonly token?: string | false
  /** Key and certificate: the ports are `wss:`. */
  readonly tls?: WebSocketOptions['tls']
  /** Where ports are opened. Default 127.0.0.1. Other addresses than loopback need `allowRemote`. */
  readonly address?: string
  readonly allowRemote?: boolean
  /** Whether an agent may have that server dialled. Default: all may; they can dial by themselves too. */
  readonly mayConnect?: (url: string, userId: string) => boolean
  /** frameBytes is the largest message, connections the clients of one port and the agents of one endpoint. */
  readonly limits?: Partial<Limits>
  /** Told of refused clients, of handlers that threw, and of agents that broke off. */
  readonly failed?: (error: Error) => void
  readonly clock?: Clock
}

/** Where agents find a host when nothing else is said. */
export const AGENTS_AT = 'local:channel-host'

export interface ServeAgentsOptions {
  /** Default `local:channel-host`. A local endpoint: who may connect is decided by its modes and the kernel. */
  readonly at?: string | Transport
}

/** Where agents in other processes connect. */
export interface AgentListener {
  readonly endpoint: string
  /** Lets no more agents in. Those that are connected stay. Idempotent. */
  close(): Promise<void>
}

/** What a host has open now. */
export interface HostStatus {
  readonly ports: readonly {
    readonly port: number
    readonly userId: string
    readonly channels: number
  }[]
  readonly channels: number
  /** Agents in other processes. */
  readonly agents: number
}
