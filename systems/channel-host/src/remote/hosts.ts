// What the parts of an agent in another process share: the host they are connected to, if there is one.
import type { ChannelHandlers } from '../agent.js'
import type { Link } from '../envelope/link.js'
import type { Message } from '../envelope/messages.js'
import type { RemoteChannel } from './channel.js'

/** A link on which the host has said Welcome. */
export interface Welcomed {
  readonly link: Link
  readonly welcome: Message & { kind: 'Welcome' }
}

export interface Hosts {
  readonly now: Welcomed | undefined
  /** Throws `unavailable` while there is none, and when the agent is closed. */
  connected(): Welcomed
  /** Makes a channel that the host has opened, and tells its handlers. */
  open(number: number, port: number, userId: string, handlers: ChannelHandlers): RemoteChannel
  tellLost(options: { lost?(error: Error): void }, error: Error): void
}
