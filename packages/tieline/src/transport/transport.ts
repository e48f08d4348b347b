// What a transport is: something that opens channels at an endpoint. One file each in this folder.
import type { Channel } from '../channel/channel.js'
import type { Limits } from '../limits.js'

/** How a transport is to listen, and who takes the connections. */
export interface ListenOptions {
  readonly limits?: Partial<Limits>
  /** Takes a channel, which is not open yet. Must not throw. */
  readonly accept: (channel: Channel) => void
  /** Told of what goes wrong with single connections and with the listener itself (EMFILE and its like). */
  readonly failed?: (error: Error) => void
}

/** What `listen` of a transport resolves with. */
export interface Listener {
  /** The endpoint as a client would dial it. */
  readonly endpoint: string
  /** Whether listening keeps the process alive (it does at first). */
  hold(alive: boolean): void
  /** Stops listening and removes what the listener made (socket file, lock). Open channels stay. Idempotent. */
  close(): Promise<void>
}

/** How a transport is to dial. */
export interface ConnectOptions {
  readonly limits?: Partial<Limits>
  /** Ends the attempt. */
  readonly signal?: AbortSignal
  /** Milliseconds the attempt may take; past it `deadline-exceeded`. 10 s (limit firstFrameMs) unless told. */
  readonly withinMs?: number
}

/** Opens channels at one endpoint. */
export interface Transport {
  /** As it is named in errors: what `listen` and `connect` are for. */
  readonly endpoint: string
  /** What its channels keep apart, which a protocol must fit. `bytes` unless told. */
  readonly unit?: Channel['unit']
  /** Rejects with `endpoint-in-use`, `permission-denied` or `invalid-endpoint`, naming the endpoint. */
  listen(options: ListenOptions): Promise<Listener>
  /** Rejects with `connection-refused` or `permission-denied`, naming the endpoint. */
  connect(options?: ConnectOptions): Promise<Channel>
}
