// A server that speaks JSON-RPC in a test, and the texts that go to it and come back.
import { joined } from '../bytes.js'
import type { Channel } from '../channel/channel.js'
import { memoryPair } from '../channel/index.js'
import { type JsonRpcOptions, jsonRpc } from '../dialect/json-rpc/index.js'
import type { Limits } from '../limits.js'
import { type DropEvent, Peer, type Service } from '../peer/index.js'
import { settled } from './fake-clock.js'

export type Framing = JsonRpcOptions['framing']
export const FRAMINGS: readonly Framing[] = ['lines', 'content-length', 'message']

export interface TextServer {
  readonly peer: Peer
  readonly dropped: DropEvent[]
  /** Sends texts, each in a frame of its own, and returns the texts that came back since the last time. */
  say(...texts: string[]): Promise<string[]>
  /** The same as values. */
  ask(...messages: unknown[]): Promise<unknown[]>
  /** Sends bytes as they are. */
  raw(bytes: Uint8Array | string): Promise<string[]>
  readonly channel: Channel
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** JSON on one line, as lines must be. */
function frame(framing: Framing, text: string): Uint8Array {
  if (framing === 'lines') return encoder.encode(`${text.replace(/\n\s*/g, ' ')}\n`)
  const body = encoder.encode(text)
  if (framing === 'message') return body
  return joined([encoder.encode(`Content-Length: ${body.length}\r\n\r\n`), body])
}

/** The texts in what came. */
function unframed(framing: Framing, chunks: readonly Uint8Array[]): string[] {
  if (framing === 'message') return chunks.map((chunk) => decoder.decode(chunk))
  let left = joined(chunks)
  if (framing === 'lines') return decoder.decode(left).split('\n').slice(0, -1)
  const texts: string[] = []
  while (left.length > 0) {
    const [header, length] = /^Content-Length: (\d+)\r\n\r\n/.exec(decoder.decode(left)) ?? []
    if (header === undefined) throw new Error(`no header: ${decoder.decode(left)}`)
    const end = header.length + Number(length)
    texts.push(decoder.decode(left.subarray(header.length, end)))
    left = left.subarray(end)
  }
  return texts
}

export function textServer(
  service: Service,
  options: Partial<JsonRpcOptions> & { limits?: Partial<Limits> } = {},
): TextServer {
  const { limits, framing = 'lines', ...rest } = options
  const unit = framing === 'message' ? 'message' : 'bytes'
  const [channel, other] = memoryPair({ unit })
  const dropped: DropEvent[] = []
  const protocol = jsonRpc({ framing, ...rest })
  const peer = new Peer(other, {
    protocol,
    role: 'server',
    service,
    limits,
    observe: { dropped: (event) => dropped.push(event) },
  })
  let chunks: Uint8Array[] = []
  channel.open({
    message: (chunk) => chunks.push(chunk.slice()),
    drained() {},
    closed() {},
  })
  const heard = async () => {
    await settled(10)
    const texts = unframed(framing, chunks)
    chunks = []
    return texts
  }
  const say = (...texts: string[]) => {
    for (const text of texts) channel.send(frame(framing, text))
    return heard()
  }
  return {
    peer,
    dropped,
    channel,
    say,
    async ask(...messages) {
      const texts = await say(...messages.map((message) => JSON.stringify(message)))
      return texts.map((text) => JSON.parse(text) as unknown)
    },
    raw(bytes) {
      channel.send(typeof bytes === 'string' ? encoder.encode(bytes) : bytes)
      return heard()
    },
  }
}
