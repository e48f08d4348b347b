// A plot over time as SVG that needs nothing else: lines, and a mark for each disturbance. Colours are
// classes: the page's style knows light and dark.
import { escaped, keyed } from '../page/markup.js'
import { number } from '../report.js'

export interface Line {
  readonly name: string
  /** Seconds and value; a gap of several seconds is left open. */
  readonly points: readonly (readonly [number, number])[]
}

export interface Mark {
  readonly at: number
  readonly kind: string
  readonly title: string
}

export interface PlotOptions {
  readonly title: string
  readonly unit: string
  readonly seconds: number
  readonly lines: readonly Line[]
  readonly marks?: readonly Mark[]
  /** For what spans powers of ten, as latencies do. */
  readonly logarithmic?: true
  /** Single events: no line between them says anything. */
  readonly dots?: true
}

const width = 620
const plot = { left: 52, right: width - 10, top: 8, bottom: 172 }
const height = 196
/** Seconds without a point after which a line is not drawn through: a process that was away. */
const GAP = 4
/** Classes of colours there are. */
const COLOURS = 6

export function lines(options: PlotOptions): string {
  const { title, unit, seconds, lines: all, marks = [], logarithmic, dots } = options
  const values = all.flatMap(({ points }) => points.map(([, value]) => value))
  if (values.length === 0) return `<p class="soft">${escaped(title)}: nothing was measured</p>`
  const scale = logarithmic ? powers(values) : plain(values)
  const x = (at: number) => plot.left + (at / seconds) * (plot.right - plot.left)
  const legend = all.map(({ name }, at) => keyed(`l${at % COLOURS}`, name))
  return `<div class="card"><h3>${escaped(title)}</h3>
<p class="soft">${escaped(unit)} ${legend.join(' ')}</p>
<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
${marks.map(({ at, kind, title: told }) => `<line class="mark ${kind}" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${plot.top}" y2="${plot.bottom}"><title>${escaped(told)}</title></line>`).join('')}
${scale.ticks.map((tick) => level(tick, scale.y(tick))).join('')}
${minutes(seconds)
  .map(
    (at) =>
      `<text class="tick" x="${x(at).toFixed(1)}" y="${height - 6}" text-anchor="middle">${label(at)}</text>`,
  )
  .join('')}
${all.map((line, at) => (dots ? circles(line, at, x, scale.y) : drawn(line, at, x, scale.y))).join('')}
</svg></div>`
}

const range = plot.bottom - plot.top

function plain(values: readonly number[]) {
  const most = Math.max(...values, 1)
  const step =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].find((one) => most / one <= 5) ?? most / 4
  const top = Math.ceil((most * 1.05) / step) * step
  const ticks: number[] = []
  for (let tick = 0; tick <= top; tick += step) ticks.push(tick)
  return { ticks, y: (value: number) => plot.bottom - (value / top) * range }
}

function powers(values: readonly number[]) {
  const from = Math.floor(Math.log10(Math.max(0.01, Math.min(...values))))
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))))
  const ticks = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at))
  const part = (value: number) => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from)
  return { ticks, y: (value: number) => plot.bottom - part(value) * range }
}

function level(tick: number, y: number): string {
  return `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/><text class="tick" x="${plot.left - 6}" y="${(y + 3.5).toFixed(1)}" text-anchor="end">${tick < 1 ? tick : number(tick, Number.isInteger(tick) ? 0 : 1)}</text>`
}

function minutes(seconds: number): number[] {
  const step = [15, 30, 60, 120, 300, 600, 1800, 3600].find((one) => seconds / one <= 8) ?? 7200
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, at) => at * step)
}

const label = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`

type Scale = (value: number) => number

function drawn(line: Line, at: number, x: Scale, y: Scale): string {
  return `<path class="line s${at % COLOURS}" d="${path(line, x, y)}"><title>${escaped(line.name)}</title></path>`
}

function circles({ points }: Line, at: number, x: Scale, y: Scale): string {
  const each = points.map(
    ([when, value]) => `<circle cx="${x(when).toFixed(1)}" cy="${y(value).toFixed(1)}" r="2.5"/>`,
  )
  return `<g class="f${at % COLOURS}">${each.join('')}</g>`
}

function path({ points }: Line, x: (at: number) => number, y: (value: number) => number): string {
  let before = Number.NEGATIVE_INFINITY
  return points
    .map(([at, value]) => {
      const verb = at - before > GAP ? 'M' : 'L'
      before = at
      return `${verb}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    })
    .join('')
}
