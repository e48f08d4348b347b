// A plain socket for tests that send the original's frames by hand.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { defaultLimits } from 'tieline'
import { encoded, json, messagePack } from 'tieline/codec'
import { until } from '../bridge.test.helper.js'

/** A frame around a payload. */
export function frame(payload: string | Uint8Array): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

export const inJson = (value: unknown): Buffer => frame(encoded(json(), value))
export const inMessagePack = (value: unknown): Buffer => frame(encoded(messagePack(), value))

export interface Raw {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  bytes(): Buffer
  /** All whole messages that have come. */
  messages(): Record<string, unknown>[]
  /** Waits for so many. */
  take(count: number): Promise<Record<string, unknown>[]>
  end(): void
}

export async function raw(path: string): Promise<Raw> {
  const socket = connect(path)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // Whoever refuses what we send may reset the connection.
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  const bytes = (): Buffer => Buffer.concat(chunks)
  const messages = (): Record<string, unknown>[] => messagesIn(bytes())
  return {
    socket,
    closed,
    bytes,
    messages,
    async take(count) {
      await until(() => messages().length >= count)
      return messages()
    },
    end: () => socket.destroy(),
  }
}

function messagesIn(bytes: Buffer): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    const codec = bytes[at + 4] === 0x7b ? json() : messagePack()
    const value = codec.decode(bytes, at + 4, end, false, defaultLimits)
    found.push(value as Record<string, unknown>)
    at = end
  }
  return found
}
