// The keyboard: in the scene Tab selects and arrows carry; anywhere on the page Space pauses, N
// spawns, Delete removes. Esc lets go, and then Tab leaves the scene as it leaves anything else.
import type { Editing } from '../editing.js'
import { inTheMiddle, inTurn } from './pick.js'
import type { View } from './view.js'

const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
/** Units a press of an arrow carries. 8: a few presses are seen; with Shift across the stage soon. */
const STRIDE = { plain: 8, fast: 40 } as const

export interface Commands {
  pause(): void
  spawn(): void
  remove(): void
}

/** `scene`: the element that has the focus while the scene is worked on. */
export function followKeys(
  scene: HTMLElement,
  view: View,
  editing: Editing,
  commands: Commands,
): void {
  /** Held by arrows that are down: it does not fly on between two presses. */
  let carried: { readonly id: number; x: number; y: number } | undefined

  const putDown = () => {
    if (carried === undefined) return
    editing.release(carried.id)
    carried = undefined
    view.hold(undefined)
  }

  const carry = (key: string, fast: boolean) => {
    const [x, y] = ARROWS[key] as readonly [number, number]
    const { selected } = editing
    if (selected === undefined) {
      editing.select(inTheMiddle(view.frame.sprites, view.frame)?.id)
      return
    }
    if (carried?.id !== selected) {
      putDown()
      const sprite = view.sprite(selected)
      if (sprite === undefined) return
      carried = { id: selected, x: sprite.x, y: sprite.y }
      editing.grab(selected)
    }
    const stride = fast ? STRIDE.fast : STRIDE.plain
    carried.x = within(carried.x + x * stride, view.frame.width)
    carried.y = within(carried.y + y * stride, view.frame.height)
    view.hold(carried)
    editing.move(selected, carried)
  }

  scene.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key in ARROWS) {
      carry(event.key, event.shiftKey)
    } else if (event.key === 'Tab') {
      putDown()
      const next = inTurn(view.frame.sprites, editing.selected, event.shiftKey ? -1 : 1)
      editing.select(next?.id)
      // Past the last one the focus goes on.
      if (next === undefined) return
    } else if (event.key === 'Escape') {
      putDown()
      editing.select(undefined)
    } else {
      return
    }
    event.preventDefault()
  })
  scene.addEventListener('keyup', (event) => {
    if (event.key in ARROWS) putDown()
  })
  scene.addEventListener('blur', putDown)

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    if (event.target instanceof HTMLButtonElement && event.key === ' ') return
    if (event.target instanceof HTMLInputElement && event.key === ' ') return
    if (event.key === ' ') commands.pause()
    else if (event.key === 'n' || event.key === 'N') commands.spawn()
    else if (event.key === 'Delete' || event.key === 'Backspace') commands.remove()
    else return
    event.preventDefault()
  })
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}
