// Draws one frame: the stage, the trails, the entities, and what is selected or pointed at.
import type { Frame, Sprite } from '../../src/protocol/frame.js'
import type { Fit, Size } from './fit.js'
import type { Palette } from './palette.js'
import type { Trail } from './trails.js'

export interface Picture {
  /** Undefined: none has come yet. */
  readonly frame: Frame | undefined
  readonly fit: Fit
  readonly view: Size
  /** Device pixels to a CSS pixel. */
  readonly ratio: number
  readonly palette: Palette
  readonly selected: number | undefined
  readonly pointed: number | undefined
  trail(id: number): Trail
}

type Context = CanvasRenderingContext2D

/** Units between two dots of the ground. */
const GRID = 32

export function paint(context: Context, picture: Picture): void {
  const { frame, fit, view, ratio, palette, selected, pointed } = picture
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.fillStyle = frame ? palette.outside : palette.stage
  context.fillRect(0, 0, view.width, view.height)
  if (frame === undefined) return
  context.setTransform(
    ratio * fit.scale,
    0,
    0,
    ratio * fit.scale,
    ratio * fit.left,
    ratio * fit.top,
  )
  paintGround(context, frame, picture)
  for (const sprite of frame.sprites) paintTrail(context, sprite, picture)
  for (const sprite of frame.sprites) paintSprite(context, sprite, palette)
  for (const sprite of frame.sprites) {
    if (sprite.id === selected) paintSelection(context, sprite, frame, picture)
    else if (sprite.id === pointed) ring(context, sprite, palette.text, 1 / fit.scale, 5)
  }
}

function paintGround(context: Context, frame: Frame, { fit, palette }: Picture): void {
  context.fillStyle = palette.stage
  context.fillRect(0, 0, frame.width, frame.height)
  context.fillStyle = palette.dots
  for (let x = GRID / 2; x < frame.width; x += GRID) {
    for (let y = GRID / 2; y < frame.height; y += GRID) {
      context.fillRect(x - 0.75, y - 0.75, 1.5, 1.5)
    }
  }
  // The wall. Where the stage fills the view it lies under the view's own border.
  context.strokeStyle = palette.line
  context.lineWidth = 2 / fit.scale
  context.strokeRect(0, 0, frame.width, frame.height)
}

function paintTrail(context: Context, sprite: Sprite, { palette, trail }: Picture): void {
  const points = trail(sprite.id)
  const pairs = points.length / 2
  if (pairs < 3) return
  context.strokeStyle = palette.kinds[sprite.kind]
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.lineWidth = sprite.kind === 'drifter' ? sprite.size * 0.5 : sprite.size * 0.36
  // In three lengths, each fainter: cheaper than a gradient for each entity.
  for (const [part, alpha] of [
    [0, 0.07],
    [1 / 3, 0.1],
    [2 / 3, 0.14],
  ] as const) {
    context.globalAlpha = alpha
    context.beginPath()
    const from = Math.floor(pairs * part)
    for (let pair = from; pair < pairs; pair++) {
      const [x, y] = [points[pair * 2] as number, points[pair * 2 + 1] as number]
      if (pair === from) context.moveTo(x, y)
      else context.lineTo(x, y)
    }
    context.stroke()
  }
  context.globalAlpha = 1
}

function paintSprite(
  context: Context,
  { kind, x, y, size, heading }: Sprite,
  palette: Palette,
): void {
  const colour = palette.kinds[kind]
  context.save()
  context.translate(x, y)
  context.rotate(heading)
  context.fillStyle = colour
  context.strokeStyle = colour
  context.lineJoin = 'round'
  context.beginPath()
  if (kind === 'drifter') {
    context.arc(0, 0, size - 1, 0, Math.PI * 2)
    context.globalAlpha = 0.9
    context.fill()
    context.globalAlpha = 1
    context.fillStyle = palette.stage
    context.beginPath()
    context.arc(size * 0.42, 0, size * 0.17, 0, Math.PI * 2)
    context.fill()
  } else if (kind === 'orbiter') {
    const radius = size * 0.74
    context.lineWidth = size * 0.3
    context.arc(0, 0, radius, 0, Math.PI * 2)
    context.stroke()
    // Its moon, with a rim of the ground's colour.
    context.fillStyle = palette.stage
    context.beginPath()
    context.arc(radius, 0, size * 0.5, 0, Math.PI * 2)
    context.fill()
    context.fillStyle = colour
    context.beginPath()
    context.arc(radius, 0, size * 0.34, 0, Math.PI * 2)
    context.fill()
  } else {
    context.moveTo(size, 0)
    context.lineTo(-size * 0.8, size * 0.72)
    context.lineTo(-size * 0.42, 0)
    context.lineTo(-size * 0.8, -size * 0.72)
    context.closePath()
    context.lineWidth = 1.6
    context.fill()
    context.stroke()
  }
  context.restore()
}

function ring(
  context: Context,
  { x, y, size }: Sprite,
  colour: string,
  width: number,
  off: number,
) {
  context.strokeStyle = colour
  context.lineWidth = width
  context.beginPath()
  context.arc(x, y, size + off, 0, Math.PI * 2)
  context.stroke()
}

function paintSelection(
  context: Context,
  sprite: Sprite,
  frame: Frame,
  { fit, palette }: Picture,
): void {
  ring(context, sprite, palette.stage, 5 / fit.scale, 6)
  ring(context, sprite, palette.accent, 2 / fit.scale, 6)
  const label = `${sprite.kind} ${sprite.id}`
  const height = 19 / fit.scale
  context.font = `600 ${11.5 / fit.scale}px ${palette.font}`
  const width = context.measureText(label).width + 14 / fit.scale
  const above = sprite.y - sprite.size - 10 - height
  const top = above < 2 ? sprite.y + sprite.size + 10 : above
  const left = Math.min(Math.max(sprite.x - width / 2, 2), frame.width - width - 2)
  context.fillStyle = palette.accent
  context.beginPath()
  context.roundRect(left, top, width, height, 6 / fit.scale)
  context.fill()
  context.fillStyle = palette.stage
  context.textBaseline = 'middle'
  context.fillText(label, left + 7 / fit.scale, top + height / 2 + 0.5 / fit.scale)
}
