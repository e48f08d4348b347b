// The drawing that the plug-in plans: a mountain range of ridges, each in front of the ones behind it,
// in pieces and shuffled, so that there is something to plan. The same seed, the same drawing.

export const WIDTH = 420
export const HEIGHT = 420

const ROWS = 44
/** Units between two rows at the top and at the bottom edge of the range. */
const TOP = 72
const FOOT = 412
const LEFT = 8
const RIGHT = WIDTH - 8
/** Units above its row, at most. */
const HIGHEST = 110
/** Units that stay free at the upper edge of the sheet. */
const MARGIN = 10
/** Units between two points of a ridge. */
const STEP = 2.5
/** Points in a piece: short enough that planning takes a moment. */
const PIECE = 7

type Point = readonly [x: number, y: number]

/** The drawing as SVG that every plug-in host can read. */
export function drawing(seed: number): string {
  const random = randomFrom(seed)
  const paths = shuffled(pieces(random), random).map((points) => `<path d="${pathOf(points)}"/>`)
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} fill="none" stroke="#000">`,
    ...paths,
    '</svg>\n',
  ].join('\n')
}

function pathOf(points: readonly Point[]): string {
  return points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'} ${x} ${y}`).join(' ')
}

function pieces(random: () => number): Point[][] {
  const columns = Math.round((RIGHT - LEFT) / STEP) + 1
  /** How high the range in front reaches in each column: what is below is hidden. */
  const skyline = new Array<number>(columns).fill(Number.POSITIVE_INFINITY)
  const found: Point[][] = []
  for (let row = ROWS - 1; row >= 0; row--) {
    const base = TOP + ((FOOT - TOP) * row) / (ROWS - 1)
    const height = ridge(random, Math.min(HIGHEST, base - MARGIN))
    let piece: Point[] = []
    const cut = () => {
      if (piece.length > 1) found.push(piece)
      piece = []
    }
    for (let column = 0; column < columns; column++) {
      const x = LEFT + column * STEP
      const y = base - height(column / (columns - 1))
      const seen = y < (skyline[column] ?? 0)
      if (seen) {
        skyline[column] = y
        piece.push([round(x), round(y)])
      }
      if (!seen) cut()
      else if (piece.length > PIECE) {
        // The next one begins where this one ends.
        const last = piece.at(-1) as Point
        cut()
        piece.push(last)
      }
    }
    cut()
  }
  return found
}

/** The height over a row, for 0 to 1 from its left to its right: some peaks near the middle, none above `highest`. */
function ridge(random: () => number, highest: number): (at: number) => number {
  const peaks = Array.from({ length: 7 }, () => ({
    at: 0.5 + (random() + random() - 1) * 0.3,
    width: 0.012 + random() * 0.05,
    height: 6 + random() ** 2 * 46,
  }))
  const waves = Array.from({ length: 4 }, (_, n) => ({
    length: 9 + n * 17 + random() * 8,
    phase: random() * 2 * Math.PI,
    height: 1.6 / (n + 1),
  }))
  return (at) => {
    const middle = Math.exp(-(((at - 0.5) / 0.19) ** 2))
    const tall = peaks.reduce(
      (sum, peak) => sum + peak.height * Math.exp(-(((at - peak.at) / peak.width) ** 2)),
      0,
    )
    const rough = waves.reduce(
      (sum, { length, phase, height }) => sum + height * Math.sin(at * length + phase),
      0,
    )
    return highest * (1 - Math.exp((-middle * tall) / highest)) + rough * (0.35 + middle)
  }
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const made = [...all]
  for (let at = made.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[made[at], made[other]] = [made[other] as T, made[at] as T]
  }
  return made
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Mulberry32: small, seeded, good enough for a picture. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
