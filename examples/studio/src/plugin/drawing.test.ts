import { expect, it } from 'vitest'
import { drawing, HEIGHT, WIDTH } from './drawing.js'

it('draws the same for the same seed, and something else for another', () => {
  expect(drawing(1)).toBe(drawing(1))
  expect(drawing(1)).not.toBe(drawing(2))
})

it('stays on its sheet, in pieces of at least two points', () => {
  const paths = [...drawing(3).matchAll(/ d="([^"]+)"/g)].map(([, path = '']) => path)
  expect(paths.length).toBeGreaterThan(300)
  for (const path of paths) {
    const numbers = (path.match(/-?[\d.]+/g) ?? []).map(Number)
    expect(numbers.length).toBeGreaterThanOrEqual(4)
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...numbers)).toBeLessThanOrEqual(Math.max(WIDTH, HEIGHT))
  }
})
