// What an agent is written against: the programmer's module that listens on ports and talks with the
// clients there. The same interface in the host's process and in another one.
import type { CloseInfo } from 'tieline/channel'

/** A client that connected, or a server that was dialled. */
export interface AgentChannel {
  /** 1 to 65,535, unique in the host while the channel is open and not given again for as long as a message could be on its way. */
  readonly number: number
  /** The port that the client came to; 0 for a server that was dialled. */
  readonly port: number
  readonly userId: string
  /**
   * Sends one message. The memory is given away: do not write to it afterwards. False: the client is
   * slower than this; wait for `drained` (what was given is accepted all the same). Throws
   * `connection-lost` once closed, `too-large` past the limit frameBytes, and `resource-exhausted`
   * when the limit queuedBytes waits for this client.
   */
  send(message: Uint8Array): boolean
  /** Bytes accepted and not yet on their way to the client, as far as this side knows. */
  readonly buffered: number
  /** Stops messages of this client, soon: what is on its way may still come. Its sending stops too. Idempotent. */
  pause(): void
  resume(): void
  /** Sends what waits, then closes with 1000. Resolves after `closed`; never rejects; may be called again. */
  close(): Promise<void>
  /** Closes now and drops what waits. The client is told a code that fits the reason's (1011 for most). Idempotent. */
  abort(reason: Error): void
}

/** What an agent is told of channels. One that throws ends the channel it was told of, with 1011. */
export interface ChannelHandlers {
  opened?(channel: AgentChannel): void
  /** One binary message. Its memory is the agent's. */
  message?(channel: AgentChannel, message: Uint8Array): void
  /** After `send` returned false: there is room again. */
  drained?(channel: AgentChannel): void
  /** The last of a channel, exactly once. Without an error: in good order, by the agent ('local') or the client. */
  closed?(channel: AgentChannel, why: CloseInfo): void
}

export interface PortOptions extends ChannelHandlers {
  /** Tells this agent from others; empty unless told. */
  readonly userId?: string
  /** Nobody listens there any more, and nobody asked for that: the host is gone or gave the port to another. */
  lost?(error: Error): void
}

export interface DialOptions extends ChannelHandlers {
  readonly userId?: string
  /** For a Tieline server: what it asks for. */
  readonly token?: string
  /** For other servers: the subprotocol they ask for. */
  readonly subprotocol?: string
  /** Dials until it is connected, and again after each loss, until `close`. Each connection is a channel of its own. */
  readonly reconnect?: boolean
  /** Ends the attempt. */
  readonly signal?: AbortSignal
  /** With `reconnect`: it was given up. */
  lost?(error: Error): void
}

/** A port that is listened on. */
export interface AgentPort {
  readonly port: number
  readonly userId: string
  /** As a client dials it: `ws://127.0.0.1:9001/`. */
  readonly endpoint: string
  /** Stops listening. Open channels stay. Resolves when the port is free; idempotent. */
  ignore(): Promise<void>
}

/** What keeps a server dialled. */
export interface AgentDial {
  readonly url: string
  /** The channel of now; undefined while there is no connection. */
  readonly channel: AgentChannel | undefined
  /** Closes the channel and dials no more. Idempotent. */
  close(): Promise<void>
}

export interface Agent {
  /**
   * Listens on a port of the host; 0: any that is free. Rejects with `endpoint-in-use`,
   * `permission-denied` (ports below 1024), or another code with the reason in its message.
   * @example
   * await agent.listen(9001, { userId: 'echo', message: (channel, bytes) => channel.send(bytes) })
   */
  listen(port: number, options?: PortOptions): Promise<AgentPort>
  /**
   * Has the host dial a WebSocket server. Rejects as `Transport.connect` does; with `reconnect` only
   * for what no second attempt can mend.
   */
  connect(url: string, options?: DialOptions): Promise<AgentDial>
  /** Stops listening, closes all channels, and ends. Resolves after the last `closed`. Idempotent. */
  close(): Promise<void>
  /** The same at once. Clients are told 1001 or a code that fits the reason's. */
  abort(reason: Error): void
  [Symbol.asyncDispose](): Promise<void>
}
