// Round steps of an axis, and the lines of a series.

/** A top that is not below the value, and the steps up to it, all round. Three or four steps. */
export function steps(most: number): readonly number[] {
  const rough = Math.max(most, 1e-9) / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999)
  const size = step ?? power * 10
  const made: number[] = []
  for (let count = 0; count * size < most * 0.999; count++) made.push((count + 1) * size)
  return made
}

export interface Place {
  readonly x: number
  readonly y: number
}

/** Pieces of a line, broken where there is no value. */
export function pieces(places: readonly (Place | undefined)[]): readonly (readonly Place[])[] {
  const made: Place[][] = []
  let current: Place[] | undefined
  for (const place of places) {
    if (place === undefined) {
      current = undefined
      continue
    }
    if (current === undefined) {
      current = []
      made.push(current)
    }
    current.push(place)
  }
  return made
}

export function linePath(of: readonly (readonly Place[])[]): string {
  return of
    .map((piece) => `M${piece.map(at).join('L')}${piece.length === 1 ? 'h0.01' : ''}`)
    .join('')
}

export function areaPath(of: readonly (readonly Place[])[], floor: number): string {
  return of
    .map((piece) => {
      const first = piece[0] as Place
      const last = piece.at(-1) as Place
      return `M${round(first.x)},${round(floor)}L${piece.map(at).join('L')}L${round(last.x)},${round(floor)}Z`
    })
    .join('')
}

function at({ x, y }: Place): string {
  return `${round(x)},${round(y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
