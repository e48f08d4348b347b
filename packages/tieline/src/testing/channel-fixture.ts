// Two connected channels for each test of the suite, and what the tests do with them again and again.
import type { Channel } from '../channel/channel.js'
import { Recorder } from './recorder.js'

/** Two connected channels that are not open yet, for a suite. */
export interface ChannelPair {
  readonly left: Channel
  readonly right: Channel
  /** Called after both are aborted. */
  readonly cleanup?: () => void | Promise<void>
}

export const MIB = 1024 * 1024

/** Bytes that tell their place: byte `i` of the whole stream, starting at `from`. */
export function patterned(length: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) * 2654435761) >>> 24
  return bytes
}

export function isPatterned(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, patterned(bytes.length)) === 0
}

export const reason = () => new Error('the test breaks it off')

/** Sends the pattern in chunks of a size, waiting for `drained` when told to. */
export function pump(channel: Channel, sink: Recorder, total: number, size: number): Promise<void> {
  let at = 0
  return new Promise((resolve) => {
    sink.onDrained = () => {
      for (let more = true; more && at < total; at += size) {
        more = channel.send(patterned(Math.min(size, total - at), at))
      }
      if (at >= total) resolve()
    }
    sink.onDrained()
  })
}

/** Sends until told to wait. Returns the bytes sent so far. */
export function fill(channel: Channel, before = 0): number {
  for (let sent = before; sent < 64 * MIB; ) {
    const more = channel.send(patterned(MIB / 4, sent))
    sent += MIB / 4
    if (!more) return sent
  }
  throw new Error('send never returned false')
}

/** Makes pairs, and takes them apart after the test. */
export class ChannelFixture {
  readonly #makePair: () => ChannelPair | Promise<ChannelPair>
  readonly #pairs: ChannelPair[] = []

  constructor(makePair: () => ChannelPair | Promise<ChannelPair>) {
    this.#makePair = makePair
  }

  async unopened(): Promise<ChannelPair> {
    const pair = await this.#makePair()
    this.#pairs.push(pair)
    return pair
  }

  async opened() {
    const { left, right } = await this.unopened()
    const atLeft = new Recorder()
    const atRight = new Recorder()
    left.open(atLeft)
    right.open(atRight)
    return { left, right, atLeft, atRight }
  }

  async end(): Promise<void> {
    for (const { left, right, cleanup } of this.#pairs.splice(0)) {
      left.abort(reason())
      right.abort(reason())
      await cleanup?.()
    }
  }
}
