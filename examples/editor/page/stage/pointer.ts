// Mouse, pen and finger: press selects, drag carries, let go throws, double-click spawns.
import type { Editing } from '../editing.js'
import type { Point } from './fit.js'
import { under } from './pick.js'
import { Throw } from './throw.js'
import type { View } from './view.js'

/** CSS pixels around an entity that still mean it. A finger covers more than it points at. */
const REACH = { mouse: 6, touch: 18 } as const
/** CSS pixels before a press becomes a drag. */
const DRAG = 3

interface Drag {
  readonly id: number
  readonly pointer: number
  /** From where the entity is to where it was taken. */
  readonly off: Point
  readonly from: Point
  readonly thrown: Throw
  carrying: boolean
}

export function followPointer(view: View, editing: Editing, spawn: (at: Point) => void): void {
  const { canvas } = view
  let drag: Drag | undefined
  /** Where it was carried since the last screen frame: one message for each, however fast the mouse. */
  let carried: Point | undefined

  const hit = (event: PointerEvent | MouseEvent | Touch, type: string) => {
    const reach = (type === 'mouse' ? REACH.mouse : REACH.touch) / view.fit.scale
    return under(view.frame.sprites, view.place(event), reach)
  }

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || drag) return
    const sprite = hit(event, event.pointerType)
    editing.select(sprite?.id)
    if (sprite === undefined) return
    const at = view.place(event)
    const { id } = sprite
    const off = { x: at.x - sprite.x, y: at.y - sprite.y }
    drag = { id, pointer: event.pointerId, off, from: at, thrown: new Throw(), carrying: false }
    canvas.setPointerCapture(event.pointerId)
    editing.grab(id)
    canvas.classList.add('held')
  })

  canvas.addEventListener('pointermove', (event) => {
    if (drag === undefined) {
      const over = event.pointerType === 'mouse' ? hit(event, 'mouse') : undefined
      view.point(over?.id)
      canvas.classList.toggle('over', over !== undefined)
      return
    }
    if (event.pointerId !== drag.pointer) return
    const at = view.place(event)
    const far = Math.hypot(at.x - drag.from.x, at.y - drag.from.y) * view.fit.scale
    if (!drag.carrying && far < DRAG) return
    drag.carrying = true
    drag.thrown.to(at, event.timeStamp)
    carry({ x: at.x - drag.off.x, y: at.y - drag.off.y })
  })

  const carry = (to: Point) => {
    if (drag === undefined) return
    const { id } = drag
    view.hold({ id, ...to })
    const asked = carried !== undefined
    carried = to
    if (asked) return
    requestAnimationFrame(() => {
      if (carried && drag?.id === id) editing.move(id, carried)
      carried = undefined
    })
  }

  const letGo = (event: PointerEvent) => {
    if (drag === undefined || event.pointerId !== drag.pointer) return
    const { id, thrown, carrying } = drag
    if (carried) editing.move(id, carried)
    editing.release(id, carrying ? thrown.speed(event.timeStamp) : undefined)
    drag = carried = undefined
    view.hold(undefined)
    canvas.classList.remove('held')
  }
  canvas.addEventListener('pointerup', letGo)
  canvas.addEventListener('pointercancel', letGo)
  canvas.addEventListener('pointerleave', () => view.point(undefined))

  canvas.addEventListener('dblclick', (event) => {
    if (!hit(event, 'mouse')) spawn(view.place(event))
  })

  // A finger on an entity carries it; elsewhere it scrolls the page.
  const keepFromScrolling = (event: TouchEvent) => {
    const [touch] = event.touches
    if (touch && hit(touch, 'touch')) event.preventDefault()
  }
  canvas.addEventListener('touchstart', keepFromScrolling, { passive: false })
}
