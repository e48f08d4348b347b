// One of the five systems as the agent sees it: its newest value, over what it comes, and whether it is
// there now.
import { Newest } from '../newest.js'
import type { Seen } from '../protocol/studio.js'

export class Source<T> {
  readonly #name: string
  readonly #seen: Newest<Seen<T>>

  constructor(name: string, over: string) {
    this.#name = name
    this.#seen = new Newest<Seen<T>>({ over, state: 'waiting', why: null, value: null })
  }

  get now(): Seen<T> {
    return this.#seen.value
  }

  watch(signal: AbortSignal): AsyncGenerator<Seen<T>> {
    return this.#seen.watch(signal)
  }

  /** It is there; `over` when that is known only now. */
  up(over = this.now.over): void {
    if (this.now.state !== 'up') say(`${this.#name} is there, over ${over}`)
    this.#seen.set({ ...this.now, over, state: 'up', why: null })
  }

  lost(why: string): void {
    if (this.now.state === 'up') say(`${this.#name} is lost: ${why}`)
    const state = this.now.value === null ? 'waiting' : 'lost'
    if (this.now.why !== why || this.now.state !== state) {
      this.#seen.set({ ...this.now, state, why })
    }
  }

  show(value: T): void {
    this.#seen.set({ ...this.now, value })
  }
}

/** A line of the agent's log. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
