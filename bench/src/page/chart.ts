// The charts, as SVG that needs nothing else. A bar for each subject: where there is a floor, how many
// times as good as the floor on a logarithmic scale, to the right of the line for better; without one,
// the figures themselves. Colours are classes: the page's style knows light and dark.
import type { Row, Table } from '../outcome.js'
import type { Spread } from '../statistics.js'
import { between, escaped, figureText, ratioText, times } from './markup.js'

const width = 620
/** The longest name in bold, `tieline-msgpack-rpc-peer`, needs 175. */
const labelWidth = 180
const figureWidth = 146
const rowHeight = 22
const barHeight = 12
const axisHeight = 24
const plot = { left: labelWidth + 8, right: width - figureWidth - 8 }

export function chart(table: Table): string {
  const rows = table.rows.filter(({ absent }) => absent === undefined)
  const ratios = rows.some(({ ratio }) => ratio)
  const scale = ratios
    ? logarithmic(rows.flatMap((row) => better(table, row) ?? []))
    : linear(rows, table)
  const height = rows.length * rowHeight + axisHeight
  const body = rows.map((row, at) => rowMarks(table, row, at * rowHeight, scale))
  return [
    `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(table.title)}">`,
    ...scale.ticks.map((tick) => tickMarks(tick, height, scale)),
    ...body,
    '</svg>',
  ].join('')
}

interface Scale {
  /** From figure to the place on the plot. */
  at(figure: number): number
  /** Where bars begin. */
  readonly base: number
  readonly ticks: readonly {
    readonly figure: number
    readonly text: string
    readonly base?: true
  }[]
}

/** Times as good as the floor: above 1 is better, whichever way the figure goes. */
export function better({ better: way }: Table, { ratio }: Row): Spread | undefined {
  if (ratio === undefined || way === 'higher') return ratio
  const { median, low, high, min, max } = ratio
  return { median: 1 / median, low: 1 / high, high: 1 / low, min: 1 / max, max: 1 / min }
}

function logarithmic(ratios: readonly Spread[]): Scale {
  const figures = ratios.flatMap(({ low, high }) => [low, high]).filter((one) => one > 0)
  // At least half to twice, so that a handful of equals does not look like a race.
  const from = Math.log10(Math.min(0.5, ...figures))
  const to = Math.log10(Math.max(2, ...figures))
  const at = (figure: number) =>
    plot.left + ((Math.log10(figure) - from) / (to - from)) * (plot.right - plot.left)
  const steps = [0.0001, 0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 4, 10, 100, 1000]
  const wide = to - from > 1.5
  const ticks = steps
    .filter((step) => Math.log10(step) >= from - 0.001 && Math.log10(step) <= to + 0.001)
    // On a long scale the steps between the powers of ten would stand on one another.
    .filter((step) => !wide || Number.isInteger(Math.log10(step)))
    .map((step) => ({ figure: step, text: `${step}×`, ...(step === 1 && { base: true as const }) }))
  return { at, base: at(1), ticks }
}

function linear(rows: readonly Row[], { figure }: Table): Scale {
  const of = (row: Row) => row.figures[figure]
  const most = Math.max(1e-9, ...rows.map((row) => of(row)?.high ?? 0))
  const at = (value: number) => plot.left + (value / most) * (plot.right - plot.left)
  return { at, base: plot.left, ticks: [{ figure: 0, text: '0', base: true }] }
}

function tickMarks(
  { figure, text, base }: Scale['ticks'][number],
  height: number,
  scale: Scale,
): string {
  const x = scale.at(figure).toFixed(1)
  return (
    `<line class="${base ? 'base' : 'grid'}" x1="${x}" x2="${x}" y1="0" y2="${height - axisHeight + 4}"/>` +
    `<text class="tick" x="${x}" y="${height - 6}" text-anchor="middle">${text}</text>`
  )
}

function rowMarks(table: Table, row: Row, top: number, scale: Scale): string {
  const value = row.ratio ? better(table, row) : row.figures[table.figure]
  const figure = row.figures[table.figure]
  const middle = top + rowHeight / 2
  const text = middle + 4
  const marks: string[] = []
  if (value !== undefined && !Number.isNaN(value.median)) {
    const end = scale.at(value.median)
    const [from, to] = end < scale.base ? [end, scale.base] : [scale.base, end]
    // A bar of no length would be missing.
    const long = Math.max(2, to - from)
    const y = middle - barHeight / 2
    marks.push(
      `<rect class="bar ${row.group}" x="${from.toFixed(1)}" y="${y}" width="${long.toFixed(1)}" height="${barHeight}" rx="2"/>`,
    )
    if (value.low !== value.high)
      marks.push(
        `<line class="spread" x1="${scale.at(value.low).toFixed(1)}" x2="${scale.at(value.high).toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
      )
  }
  const told = `${row.subject}: ${figureText(figure, table.unit)}${row.ratio ? `, ${times(row.ratio.median)} times the floor's` : ''}${figure ? `; ${between(figure, table.unit)}` : ''}`
  const shownFigure = `<text class="figure" x="${width - (row.ratio ? 56 : 2)}" y="${text}" text-anchor="end">${escaped(figureText(figure, table.unit))}</text>`
  const shownRatio = row.ratio
    ? `<text class="ratio" x="${width - 2}" y="${text}" text-anchor="end">${ratioText(row.ratio)}</text>`
    : ''
  return [
    `<g class="row ${row.group}"><title>${escaped(told)}</title>`,
    `<rect class="hit" x="0" y="${top}" width="${width}" height="${rowHeight}"/>`,
    `<text class="name" x="${labelWidth}" y="${text}" text-anchor="end">${escaped(row.subject)}</text>`,
    ...marks,
    shownFigure,
    shownRatio,
    '</g>',
  ].join('')
}

/** How far a figure is from its bar: the bar in the middle, better to the right. */
export function bullet(
  value: Spread,
  bar: number,
  sense: 'at most' | 'at least',
  met: boolean,
): string {
  const good = (figure: number) => (sense === 'at most' ? bar / figure : figure / bar)
  // From a quarter to four times as good as promised; what is beyond stands at the edge.
  const at = (figure: number) => {
    const part = (Math.log2(good(figure)) + 2) / 4
    return (4 + Math.min(1, Math.max(0, part)) * 152).toFixed(1)
  }
  return [
    '<svg class="bullet" viewBox="0 0 160 16" aria-hidden="true">',
    '<line class="grid" x1="4" x2="156" y1="8" y2="8"/>',
    '<line class="base" x1="80" x2="80" y1="1" y2="15"/>',
    `<line class="${met ? 'good' : 'bad'}" x1="${at(value.low)}" x2="${at(value.high)}" y1="8" y2="8"/>`,
    `<circle class="${met ? 'good' : 'bad'}" cx="${at(value.median)}" cy="8" r="4"/>`,
    '</svg>',
  ].join('')
}
