// Which entity is meant: under the pointer, the next in turn, or the one in the middle.
import type { Sprite } from '../../src/protocol/frame.js'
import type { Point, Size } from './fit.js'

/** The one whose edge is nearest, at most `reach` units away. Of two as near, the one drawn on top. */
export function under(
  sprites: readonly Sprite[],
  { x, y }: Point,
  reach: number,
): Sprite | undefined {
  let best: Sprite | undefined
  let least = reach
  for (const sprite of sprites) {
    const away = Math.max(0, Math.hypot(sprite.x - x, sprite.y - y) - sprite.size)
    if (away > least) continue
    best = sprite
    least = away
  }
  return best
}

/** In the order of their ids. Undefined past either end, and then the focus may go on. */
export function inTurn(
  sprites: readonly Sprite[],
  from: number | undefined,
  step: 1 | -1,
): Sprite | undefined {
  if (from === undefined) return step === 1 ? sprites[0] : sprites.at(-1)
  const at = sprites.findIndex(({ id }) => id === from)
  return at === -1 ? sprites[0] : sprites[at + step]
}

export function inTheMiddle(sprites: readonly Sprite[], stage: Size): Sprite | undefined {
  return under(sprites, { x: stage.width / 2, y: stage.height / 2 }, Number.POSITIVE_INFINITY)
}
