// Strokes as lines of text, for a terminal: Braille characters, each 2 × 4 dots.

type Point = readonly [x: number, y: number]

/** Bits of a Braille character's dots, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const
const BLANK = 0x2800

/** The strokes in lines of `columns` characters, as large as they fit. */
export function preview(strokes: readonly (readonly Point[])[], columns: number): string[] {
  const all = strokes.flat()
  const right = Math.max(...all.map(([x]) => x), 1)
  const bottom = Math.max(...all.map(([, y]) => y), 1)
  const scale = (columns * 2 - 1) / right
  const lines = Array.from({ length: Math.floor((bottom * scale) / 4) + 1 }, () =>
    new Array<number>(columns).fill(BLANK),
  )
  const dot = (x: number, y: number): void => {
    const line = lines[y >> 2]
    const bit = DOTS[y & 3]?.[(x & 1) as 0 | 1] ?? 0
    // What is left of the page or above it is not shown.
    if (line?.[x >> 1] !== undefined) line[x >> 1] = (line[x >> 1] as number) | bit
  }
  for (const stroke of strokes) {
    for (let at = 1; at < stroke.length; at++) {
      draw(stroke[at - 1] as Point, stroke[at] as Point, scale, dot)
    }
  }
  return lines.map((line) => String.fromCharCode(...line))
}

function draw(
  [x1, y1]: Point,
  [x2, y2]: Point,
  scale: number,
  dot: (x: number, y: number) => void,
): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) * scale))
  for (let step = 0; step <= steps; step++) {
    const x = (x1 + ((x2 - x1) * step) / steps) * scale
    const y = (y1 + ((y2 - y1) * step) / steps) * scale
    dot(Math.round(x), Math.round(y))
  }
}
