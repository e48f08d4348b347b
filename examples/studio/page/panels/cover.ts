// A cover for a track that has none: rings, made of its title, so that the same track looks the same.
import { drawn } from '../dom.js'

const painted = new WeakMap<SVGSVGElement, string>()

export function paintCover(cover: SVGSVGElement, title: string): void {
  if (painted.get(cover) === title) return
  painted.set(cover, title)
  const number = numbersOf(title)
  const hue = number(360)
  const [x, y] = [18 + number(60), 18 + number(60)]
  const rings = Array.from({ length: 9 }, (_, ring) =>
    drawn('circle', {
      cx: x + (number(7) - 3) * 0.6,
      cy: y + (number(7) - 3) * 0.6,
      r: 7 + ring * 9,
      fill: 'none',
      stroke: `hsl(${hue + ring * 9} 82% ${82 - ring * 5}%)`,
      'stroke-width': 1.2 + number(5),
      'stroke-opacity': 0.85,
    }),
  )
  cover.replaceChildren(
    drawn('rect', { width: 96, height: 96, fill: `hsl(${hue} 55% 34%)` }),
    ...rings,
    drawn('circle', { cx: x, cy: y, r: 2.4, fill: '#fff' }),
  )
}

/** Numbers below a limit, the same for the same text (FNV-1a, then a linear step each). */
function numbersOf(text: string): (limit: number) => number {
  let state = 0x811c9dc5
  for (const character of text)
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
