// A table that fits the terminal: columns as wide as they need to be, the widest wrapped when that is
// too much.
import type { Paint } from '../src/command/terminal.js'
import { columnsOf } from '../src/command/text.js'

const GAP = '  '
/** A column is not made narrower than this: words would be cut to pieces. */
const LEAST_COLUMN = 8

/** The lines of a table without borders, under dim titles. Columns without any content are left out. */
export function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: Paint,
): string[] {
  const filled = titles.map((_, column) => rows.some((row) => row[column] !== ''))
  const kept = <T>(cells: readonly T[]): T[] => cells.filter((_, column) => filled[column])
  const heads = kept(titles)
  const body = rows.map((row) => kept(row))
  const natural = heads.map((title, column) =>
    Math.max(columnsOf(title), ...body.map((row) => columnsOf(row[column] as string))),
  )
  const widths = fitted(natural, width - GAP.length * (heads.length - 1))
  const first = line(heads, widths)
  return [paint('dim', first), ...body.flatMap((row) => wrappedRow(row, widths))]
}

/** Takes columns from the widest until all of them fit, or none can give more. */
function fitted(natural: readonly number[], room: number): number[] {
  const widths = [...natural]
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each, 0) - room
    const widest = Math.max(...widths)
    if (excess <= 0 || widest <= LEAST_COLUMN) return widths
    // Level the widest with the second widest, or with what is needed.
    const next = Math.max(LEAST_COLUMN, ...widths.filter((each) => each < widest))
    const wide = widths.filter((each) => each === widest).length
    const cut = Math.min(widest - next, Math.ceil(excess / wide))
    for (const [column, each] of widths.entries()) if (each === widest) widths[column] = each - cut
  }
}

function wrappedRow(row: readonly string[], widths: readonly number[]): string[] {
  const cells = row.map((cell, column) => wrapped(cell, widths[column] as number))
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, index) =>
    line(
      cells.map((lines) => lines[index] ?? ''),
      widths,
    ),
  )
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      return cell + ' '.repeat(Math.max(0, (widths[column] as number) - columnsOf(cell)))
    })
    .join(GAP)
    .trimEnd()
}

/** The text in lines of at most so many columns, broken between words where that is possible. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  for (;;) {
    const fits = fitting(rest, width)
    if (fits === rest.length) break
    const space = rest.lastIndexOf(' ', fits)
    const cut = space > 0 ? space : fits
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut).trimStart()
  }
  return rest === '' && lines.length > 0 ? lines : [...lines, rest]
}

/** How much of the text is in its first `width` columns; one character at least. */
function fitting(text: string, width: number): number {
  let end = 0
  let columns = 0
  for (const character of text) {
    columns += columnsOf(character)
    if (columns > width && end > 0) break
    end += character.length
  }
  return end
}
