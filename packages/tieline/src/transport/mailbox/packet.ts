// What two of ours say to each other through a mailbox: packets of a connection, each an event named
// `tieline`, which an original program reads and ignores.
import type { MailboxMessage, NewMessage } from './entry.js'

/** The event's name. */
export const PACKET_METHOD = 'tieline'

export type Packet = { readonly connection: string } & (
  | {
      /** A client asks for a connection, and a listener grants it. `owner`: the sender's claim. */
      readonly kind: 'open' | 'accept'
      readonly owner: string
    }
  /** Nobody listens. */
  | { readonly kind: 'refuse' }
  /** Messages in order, each in base64: JSON has no form for bytes. */
  | { readonly kind: 'data'; readonly messages: readonly string[] }
  /** The sender is done, and sent all it had. */
  | { readonly kind: 'close' }
  /** The sender broke off. */
  | { readonly kind: 'abort'; readonly reason: string }
)

export function packetMessage(packet: Packet): NewMessage {
  return { type: 'event', method: PACKET_METHOD, payload: packet }
}

/** The packet in a message; undefined when it is something else, or cannot be understood. */
export function readPacket(message: MailboxMessage): Packet | undefined {
  if (message.type !== 'event' || message.method !== PACKET_METHOD) return undefined
  const payload = message.payload as Partial<Record<string, unknown>> | null
  if (typeof payload !== 'object' || payload === null) return undefined
  const { connection, kind, owner, messages, reason } = payload
  if (typeof connection !== 'string') return undefined
  switch (kind) {
    case 'open':
    case 'accept':
      return typeof owner === 'string' ? { connection, kind, owner } : undefined
    case 'refuse':
    case 'close':
      return { connection, kind }
    case 'abort':
      return { connection, kind, reason: typeof reason === 'string' ? reason : 'no reason given' }
    case 'data':
      return Array.isArray(messages) && messages.every((one) => typeof one === 'string')
        ? { connection, kind, messages }
        : undefined
    default:
      return undefined
  }
}

/** A message as `data` carries it. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

export function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}
