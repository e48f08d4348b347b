// A sink that remembers what it was told, for the suites of channels and transports.
import type { ChannelSink, CloseInfo } from '../channel/channel.js'

/** Copies every chunk, as a lent one must be. `until` waits for something to have happened. */
export class Recorder implements ChannelSink {
  readonly chunks: Uint8Array[] = []
  readonly ends: CloseInfo[] = []
  bytes = 0
  drains = 0
  /** Calls that came after `closed`, which is to be the last. */
  late = 0
  /** Runs inside `message`, after the chunk was kept. */
  onMessage: () => void = () => {}
  onDrained: () => void = () => {}
  #waiting: (() => void)[] = []

  message(chunk: Uint8Array): void {
    this.chunks.push(new Uint8Array(chunk))
    this.bytes += chunk.length
    this.onMessage()
    this.#happened()
  }

  drained(): void {
    this.drains += 1
    this.onDrained()
    this.#happened()
  }

  closed(why: CloseInfo): void {
    this.ends.push(why)
    this.#happened(true)
  }

  get whole(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks))
  }

  async until(condition: (recorder: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #happened(isEnd = false): void {
    if (this.ends.length > (isEnd ? 1 : 0)) this.late += 1
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Time for what is under way to arrive, where nothing is expected to: too little of it hides a fault, never makes one. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
}
