// What the user does to the scene: a selection of this page's own, and edits that the agent carries
// out. What cannot be done is said, not thrown.
import { isTielineError } from 'tieline'
import type { Details } from '../src/protocol/editor.js'
import type { Frame } from '../src/protocol/frame.js'
import type { Kind } from '../src/scene/entity.js'
import type { Editor } from './link/link.js'
import type { Point } from './stage/fit.js'
import type { View } from './stage/view.js'

export interface EditingHooks {
  /** For people who do not see the canvas. */
  say(text: string): void
  /** Undefined: nothing is selected. */
  selected(id: number | undefined): void
  /** All about what is selected, several times a second. */
  inspected(details: Details): void
}

export class Editing {
  readonly #editor: Editor
  readonly #view: View
  readonly #hooks: EditingHooks
  #selected: number | undefined
  #leave = new AbortController()
  /** Spawned here and not yet in a frame. */
  #expected: number | undefined

  constructor(editor: Editor, view: View, hooks: EditingHooks) {
    this.#editor = editor
    this.#view = view
    this.#hooks = hooks
  }

  get selected(): number | undefined {
    return this.#selected
  }

  /** A frame has come: what is not in it cannot stay selected. */
  seen(frame: Frame): void {
    const selected = this.#selected
    if (selected === undefined) return
    const there = frame.sprites.some(({ id }) => id === selected)
    if (there) this.#expected = undefined
    else if (selected !== this.#expected) this.select(undefined)
  }

  select(id: number | undefined): void {
    if (id === this.#selected) return
    this.#selected = id
    this.#leave.abort()
    this.#leave = new AbortController()
    this.#view.select(id)
    this.#hooks.selected(id)
    if (id === undefined) return
    const sprite = this.#view.sprite(id)
    if (sprite) {
      const at = `${Math.round(sprite.x)}, ${Math.round(sprite.y)}`
      this.#hooks.say(`${sprite.kind} ${id} selected at ${at}`)
    }
    void this.#inspect(id, this.#leave.signal)
  }

  /** There, or anywhere. */
  async spawn(kind: Kind, at?: Point): Promise<void> {
    const id = await this.#done(() => this.#editor.spawn({ kind, ...at }))
    if (id === undefined) return
    this.#expected = id
    this.select(id)
    this.#hooks.say(`${kind} ${id} spawned`)
  }

  async remove(): Promise<void> {
    const id = this.#selected
    if (id !== undefined) await this.#done(() => this.#editor.remove({ id }))
  }

  async togglePause(): Promise<void> {
    const paused = !this.#view.frame.paused
    await this.#done(() => this.#editor.pause({ paused }))
  }

  /** Takes it in hand: it stays where this page puts it until `release`. */
  grab(id: number): void {
    this.#tell(() => this.#editor.grab({ id }))
  }

  move(id: number, { x, y }: Point): void {
    this.#tell(() => this.#editor.move({ id, x, y }))
  }

  release(id: number, speed = { vx: 0, vy: 0 }): void {
    this.#tell(() => this.#editor.release({ id, ...speed }))
  }

  get #connected(): boolean {
    return this.#editor.$connection.status.state === 'connected'
  }

  async #inspect(id: number, signal: AbortSignal): Promise<void> {
    try {
      for await (const details of this.#editor.inspect({ id }, { signal })) {
        if (!signal.aborted) this.#hooks.inspected(details)
      }
    } catch (error) {
      // Deselected; or gone with the scene it was in, and then `seen` deselects it.
      if (!signal.aborted && !isTielineError(error, 'no-such-entity')) this.#failed(error)
    }
  }

  /** An edit now or never: one that waited for a connection would come as a surprise. */
  async #done<T>(edit: () => Promise<T>): Promise<T | undefined> {
    try {
      if (this.#connected) return await edit()
      this.#hooks.say('There is no connection. Nothing was changed.')
      return undefined
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  #tell(notify: () => void): void {
    // A drag goes on while the connection is lost; what is told meanwhile has nobody to hear it.
    if (this.#connected) notify()
  }

  #failed(error: unknown): void {
    this.#hooks.say(error instanceof Error ? error.message : String(error))
  }
}
