// Which buttons can be used now. They are only marked, and keep the focus: a button that goes away
// under somebody's finger loses the place on the page.
import { element } from '../dom.js'

export class Tools {
  #connected = false
  #selected = false

  connected(connected: boolean): void {
    this.#connected = connected
    this.#mark()
  }

  selected(id: number | undefined): void {
    this.#selected = id !== undefined
    this.#mark()
  }

  #mark(): void {
    const mark = (id: string, usable: boolean) =>
      element(id).setAttribute('aria-disabled', String(!usable))
    mark('pause', this.#connected)
    mark('spawn', this.#connected)
    mark('remove', this.#connected && this.#selected)
  }
}
