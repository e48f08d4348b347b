// When to look for output: while some comes, often; while none does, not until the system says that a
// file has changed. Watching all the time would be told of every single write.
import { type FSWatcher, watch } from 'node:fs'

/** Milliseconds between looks while output comes. 20: a reader sees lines at once. */
const BUSY_MS = 20
/** Milliseconds without output until we wait for the system's word. */
const QUIET_MS = 1000
/** Milliseconds between looks all the same, for file systems that tell nothing. */
const IDLE_MS = 2000

export class OutputWatch {
  readonly #directory: string
  readonly #look: () => boolean
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #quietSince = 0
  #busy = false
  #closed = false

  /** `look`: looks at all outputs, and returns whether one had something new. */
  constructor(directory: string, look: () => boolean) {
    this.#directory = directory
    this.#look = look
  }

  /** Something may come soon. */
  wake(): void {
    if (this.#closed) return
    this.#quietSince = performance.now()
    if (this.#busy) return
    this.#unwatch()
    this.#busy = true
    this.#schedule(BUSY_MS)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#unwatch()
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#tick(), ms).unref()
  }

  #tick(): void {
    const now = performance.now()
    if (this.#look()) {
      this.#quietSince = now
      this.#unwatch()
    }
    this.#busy = now - this.#quietSince < QUIET_MS
    if (!this.#busy && this.#watcher === undefined) {
      this.#watch()
      // What came before the watcher was there.
      if (this.#look()) this.#busy = true
    }
    this.#schedule(this.#busy ? BUSY_MS : IDLE_MS)
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#directory, { persistent: false }, () => this.wake())
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      // No more watches to be had: the slow look remains.
    }
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
