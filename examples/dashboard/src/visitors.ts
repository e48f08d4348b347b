// Sample visitors, so that there is something to see: they come over HTTP like anybody else, more and
// fewer of them in turn.

/** Milliseconds between two handfuls. */
const EVERY_MS = 100
/** Requests a second: around the middle, up and down by the swing, in so many seconds. */
const MIDDLE = 36
const SWING = 22
const PERIOD_S = 45
/** A visitor that has no answer by then goes away. */
const PATIENCE_MS = 5000
const WORDS = ['lamp', 'desk', 'chair', 'clock', 'shelf']

export class Visitors {
  readonly #url: string
  #timer: NodeJS.Timeout | undefined
  #owed = 0

  constructor(url: string) {
    this.#url = url
  }

  get on(): boolean {
    return this.#timer !== undefined
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#come(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #come(): void {
    const turn = (performance.now() / 1000 / PERIOD_S) * 2 * Math.PI
    this.#owed += ((MIDDLE + SWING * Math.sin(turn)) * EVERY_MS) / 1000
    for (; this.#owed >= 1; this.#owed--) void this.#visit()
  }

  async #visit(): Promise<void> {
    const chance = Math.random()
    const word = WORDS[Math.floor(Math.random() * WORDS.length)] ?? 'lamp'
    const path =
      chance < 0.55
        ? `/shop/items/${word}`
        : chance < 0.85
          ? `/shop/search?q=${word}`
          : '/shop/orders'
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const method = path === '/shop/orders' ? 'POST' : 'GET'
      const response = await fetch(this.#url + path, { method, signal })
      await response.arrayBuffer()
    } catch {
      // A visitor whose request failed: the page shows it, and there is nobody else to tell.
    }
  }
}
