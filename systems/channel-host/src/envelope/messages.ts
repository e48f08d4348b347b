// What host and agent say to each other, as values. The names are the schema's; the comments are in
// schema/channel_host.fbs.
import type { PortListenResultCode } from './generated/channel_host.js'

/** The original's, whose messages all have a name of their own, and what came with ours. */
export type Message =
  | { readonly kind: 'PortListen'; readonly port: number; readonly userId: string }
  | {
      readonly kind: 'PortListenResult'
      readonly port: number
      readonly userId: string
      readonly result: PortListenResultCode
    }
  | {
      readonly kind: 'Opened'
      readonly port: number
      readonly userId: string
      readonly channel: number
    }
  | ContentMessage
  | {
      readonly kind: 'CloseChannel'
      readonly channel: number
      readonly code: string
      readonly message: string
    }
  | {
      readonly kind: 'ChannelClosed'
      readonly channel: number
      readonly byAgent: boolean
      readonly code: string
      readonly message: string
    }
  | { readonly kind: 'PortIgnore' | 'PortIgnored'; readonly port: number; readonly userId: string }
  | {
      readonly kind: 'Welcome'
      readonly version: number
      readonly endpoint: string
      readonly messageBytes: number
      readonly queuedBytes: number
    }
  | {
      readonly kind: 'PortConnect'
      readonly request: number
      readonly url: string
      readonly userId: string
      readonly token: string
      readonly subprotocol: string
      readonly reconnect: boolean
    }
  | {
      readonly kind: 'PortConnectResult'
      readonly request: number
      readonly channel: number
      readonly code: string
      readonly message: string
    }
  | { readonly kind: 'PortDisconnect'; readonly request: number }
  | { readonly kind: 'Credit'; readonly channel: number; readonly bytes: number }
  | { readonly kind: 'Pause' | 'Resume'; readonly channel: number }
  | {
      readonly kind: 'Failure'
      readonly port: number
      readonly userId: string
      readonly channel: number
      readonly code: string
      readonly message: string
    }
  /** A newer program's. */
  | { readonly kind: 'Unknown'; readonly type: number }

interface Content<Kind extends ContentKind> {
  readonly kind: Kind
  readonly channel: number
  readonly content: Uint8Array
  /** The content is the sender's own again when it is written, and is copied until then. */
  readonly lent?: boolean
}

export type ContentMessage = Content<'MessageFromRemote'> | Content<'MessageToRemote'>

export type ContentKind = 'MessageFromRemote' | 'MessageToRemote'

/** What Welcome says. 1: the schema as it is. */
export const VERSION = 1

/** What a message takes of the credit of its channel beside its bytes, so that empty ones count too. */
const MESSAGE_COST = 64

export function costOf(content: Uint8Array): number {
  return content.length + MESSAGE_COST
}
