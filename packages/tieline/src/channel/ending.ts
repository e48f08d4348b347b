// The end of a channel, once for all that made one themselves: the sink is told, then who waits in
// `close`; and the signal of a close makes the end come now.
import { toError } from '../errors.js'
import type { ChannelSink, CloseInfo } from './channel.js'

export class Ending {
  #told = false
  #release!: () => void
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve
  })

  /** Whether the end has come: what comes now comes too late. */
  get told(): boolean {
    return this.#told
  }

  /** What a `close` returns. When the signal fires before the end, or has fired, `abort` is called. */
  wait(abort: (reason: Error) => void, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) abort(toError(signal.reason))
    if (signal === undefined || this.#told) return this.#released
    const onAbort = () => abort(toError(signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    return this.#released.then(() => signal.removeEventListener('abort', onAbort))
  }

  /** Tells the sink, if there is one, and then who waits; those not before `released`. Called once. */
  tell(sink: ChannelSink | undefined, why: CloseInfo, released?: Promise<void>): void {
    this.#told = true
    sink?.closed(why)
    if (released === undefined) this.#release()
    else void released.then(this.#release)
  }
}
