// The canvas: as many pixels as the screen has, drawn when there is something new, and its size told.
import type { Frame, Sprite } from '../../src/protocol/frame.js'
import { type Fit, fit, type Point, type Size, toStage } from './fit.js'
import { paint } from './painter.js'
import { type Palette, watchPalette } from './palette.js'
import { Trails } from './trails.js'

const EMPTY: Frame = { tick: 0, paused: false, width: 1, height: 1, sprites: [] }

export class View {
  readonly canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #trails = new Trails()
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)')
  #palette: Palette | undefined
  #frame = EMPTY
  #size: Size = { width: 0, height: 0 }
  #ratio = 1
  #drawing = false
  /** What is in this page's hand is drawn where the hand is, and not where it was a round trip ago. */
  #inHand: (Point & { readonly id: number }) | undefined
  #selected: number | undefined
  #pointed: number | undefined

  constructor(canvas: HTMLCanvasElement, resized: (size: Size) => void) {
    const context = canvas.getContext('2d', { alpha: false })
    if (context === null) throw new Error('this browser has no canvas')
    this.canvas = canvas
    this.#context = context
    watchPalette((palette) => {
      this.#palette = palette
      this.#draw()
    })
    new ResizeObserver(() => {
      this.#measure()
      resized(this.#size)
    }).observe(canvas)
    this.#measure()
  }

  get frame(): Frame {
    return this.#frame
  }

  get size(): Size {
    return this.#size
  }

  get fit(): Fit {
    return fit(this.#size, this.#frame)
  }

  show(frame: Frame): void {
    this.#frame = this.#withHand(frame)
    if (this.#still.matches) this.#trails.clear()
    else this.#trails.add(this.#frame.sprites)
    this.#draw()
  }

  sprite(id: number): Sprite | undefined {
    return this.#frame.sprites.find((one) => one.id === id)
  }

  select(id: number | undefined): void {
    this.#selected = id
    this.#draw()
  }

  point(id: number | undefined): void {
    if (this.#pointed === id) return
    this.#pointed = id
    this.#draw()
  }

  /** Undefined: the hand is empty. */
  hold(inHand: (Point & { readonly id: number }) | undefined): void {
    this.#inHand = inHand
    this.#frame = this.#withHand(this.#frame)
    this.#draw()
  }

  /** Where on the stage a pointer is. */
  place(event: { readonly clientX: number; readonly clientY: number }): Point {
    const { left, top } = this.canvas.getBoundingClientRect()
    return toStage(this.fit, { x: event.clientX - left, y: event.clientY - top })
  }

  #withHand(frame: Frame): Frame {
    const inHand = this.#inHand
    if (inHand === undefined) return frame
    const sprites = frame.sprites.map((one) => (one.id === inHand.id ? { ...one, ...inHand } : one))
    return { ...frame, sprites }
  }

  #measure(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas
    this.#size = { width, height }
    this.#ratio = devicePixelRatio
    this.canvas.width = Math.round(width * this.#ratio)
    this.canvas.height = Math.round(height * this.#ratio)
    // At once: a canvas of a new size is empty, and would be seen so.
    this.#paint()
  }

  /** At the screen's next frame, once for all that asked. */
  #draw(): void {
    if (this.#drawing) return
    this.#drawing = true
    requestAnimationFrame(() => {
      this.#drawing = false
      if (devicePixelRatio === this.#ratio) this.#paint()
      else this.#measure()
    })
  }

  #paint(): void {
    if (this.#palette === undefined) return
    paint(this.#context, {
      frame: this.#frame === EMPTY ? undefined : this.#frame,
      fit: this.fit,
      view: this.#size,
      ratio: this.#ratio,
      palette: this.#palette,
      selected: this.#selected,
      pointed: this.#pointed,
      trail: (id) => this.#trails.of(id),
    })
  }
}
