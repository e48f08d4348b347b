// How often something happens: per second, over the last ten.

/** Seconds looked back. 10: steady enough to read, and over soon after it was over. */
const WINDOW_S = 10

export class Rate {
  readonly #now: () => number
  readonly #started: number
  /** One for each second of the window. */
  readonly #counts: number[] = new Array(WINDOW_S).fill(0)
  #second: number

  /** `now`: monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.#started = now()
    this.#second = Math.floor(this.#started / 1000)
  }

  count(): void {
    this.#turn()
    const at = this.#second % WINDOW_S
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  /** Rounded to a tenth. In the first second: as many as there were. */
  perSecond(): number {
    this.#turn()
    const seconds = Math.min(WINDOW_S, Math.max(1, (this.#now() - this.#started) / 1000))
    const sum = this.#counts.reduce((total, each) => total + each, 0)
    return Math.round((10 * sum) / seconds) / 10
  }

  #turn(): void {
    const second = Math.floor(this.#now() / 1000)
    const passed = Math.min(WINDOW_S, second - this.#second)
    for (let i = 1; i <= passed; i++) this.#counts[(second - passed + i) % WINDOW_S] = 0
    this.#second = second
  }
}
