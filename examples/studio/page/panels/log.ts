// The log of one process, live. It stays at the end unless somebody has scrolled up to read.
import type { LogLines } from '../../src/protocol/studio.js'
import { byId, made, write } from '../dom.js'
import { follow, type StudioClient } from '../link.js'

/** Lines that are kept. */
const KEPT = 300
/** Pixels from the end at which it still counts as being there. */
const NEAR = 24

export class LogPanel {
  readonly #lines = byId('log')
  readonly #studio: StudioClient
  #following = new AbortController()

  constructor(studio: StudioClient) {
    this.#studio = studio
  }

  show(name: string): void {
    this.#following.abort()
    this.#following = new AbortController()
    const { signal } = this.#following
    write('log-name', name)
    this.#lines.replaceChildren()
    void follow(
      () => this.#studio.logs({ name }, { signal }),
      (lines) => this.#add(lines),
      signal,
    )
  }

  #add({ fresh, lines }: LogLines): void {
    const box = this.#lines
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR
    if (fresh) box.replaceChildren()
    box.append(...lines.map(({ text, error }) => made('p', error ? { class: 'error' } : {}, text)))
    while (box.childElementCount > KEPT) box.firstElementChild?.remove()
    if (atEnd || fresh) box.scrollTop = box.scrollHeight
  }
}
