// An outcome for a terminal: one aligned table for each task, what the names stand for, then the bars.
import type { BarResult, Outcome, Row, Table } from './outcome.js'
import type { Spread } from './statistics.js'

export type Paint = (colour: 'bold' | 'dim' | 'green' | 'red', text: string) => string

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  red: [31, 39],
} as const

export const plain: Paint = (_, text) => text
export const coloured: Paint = (colour, text) =>
  `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m`

export function report(outcome: Outcome, paint: Paint): string {
  const lines = [
    paint('bold', outcome.title),
    ...outcome.notes.map((note) => paint('dim', note)),
    '',
  ]
  for (const table of outcome.tables.filter(({ rows }) => rows.length > 0))
    lines.push(...section(table, paint), '')
  for (const { name, title } of outcome.legend) lines.push(paint('dim', `${name}: ${title}`))
  if (outcome.legend.length > 0) lines.push('')
  for (const { subject, message } of outcome.failures)
    lines.push(paint('red', `${subject} failed: ${message}`))
  lines.push(...barLines(outcome.bars, paint))
  return `${lines.join('\n').trimEnd()}\n`
}

type Align = 'left' | 'right'

function section(table: Table, paint: Paint): string[] {
  const { beside, figure, unit, rows } = table
  const withRatio = rows.some(({ ratio }) => ratio)
  const withCpu = rows.some(({ cpu }) => cpu)
  const columns: { head: string; align: Align; dim?: true; cell: (row: Row) => string }[] = [
    { head: '', align: 'left', cell: ({ subject }) => subject },
    {
      head: `${label(figure)} ${unit}`.trim(),
      align: 'right',
      cell: ({ figures, absent }) => (absent ? '–' : number(figures[figure]?.median)),
    },
    { head: '', align: 'left', dim: true, cell: ({ figures }) => quartiles(figures[figure]) },
    ...(withRatio
      ? ([
          {
            head: 'ratio',
            align: 'right',
            cell: ({ ratio }) => ratio && number(ratio.median, ratioDigits(ratio.median)),
          },
          {
            head: '',
            align: 'left',
            dim: true,
            cell: ({ ratio }) => quartiles(ratio, ratio && ratioDigits(ratio.median)),
          },
        ] as { head: string; align: Align; dim?: true; cell: (row: Row) => string }[])
      : []),
    ...(beside
      ? [
          {
            head: `${label(beside.figure)} ${beside.unit}`,
            align: 'right' as const,
            cell: ({ figures }: Row) => number(figures[beside.figure]?.median),
          },
        ]
      : []),
    ...(withCpu
      ? [
          {
            head: 'CPU client',
            align: 'right' as const,
            cell: ({ cpu }: Row) => number(cpu?.client.median),
          },
          {
            head: 'CPU server',
            align: 'right' as const,
            cell: ({ cpu, absent }: Row) =>
              absent ? '' : cpu?.server ? number(cpu.server.median) : 'same',
          },
        ]
      : []),
    { head: '', align: 'left', dim: true, cell: ({ absent, note }) => absent ?? note ?? '' },
  ]
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row) ?? ''))
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[], dimmed: boolean) =>
    row
      .map((text, at) => {
        const { align, dim } = columns[at] as (typeof columns)[number]
        const width = widths[at] ?? 0
        const padded = align === 'left' ? text.padEnd(width) : text.padStart(width)
        return dim && dimmed && text !== '' ? paint('dim', padded) : padded
      })
      .join('  ')
      .trimEnd()
  const per = withCpu ? paint('dim', `   CPU in µs for each ${table.per ?? 'call'}`) : ''
  return [
    paint('bold', table.title) + per,
    paint(
      'dim',
      line(
        columns.map(({ head }) => head),
        false,
      ),
    ),
    ...cells.map((row) => line(row, true)),
  ]
}

function barLines(bars: readonly BarResult[], paint: Paint): string[] {
  if (bars.length === 0) return []
  const width = Math.max(...bars.map(({ what }) => what.length))
  const lines = bars.map((one) => {
    const { what, sense, bar, unit, value, verdict } = one
    const figure = value ? `${number(value.median, digitsOf(bar))}${unit}` : '–'
    const wanted = `${sense} ${number(bar, digitsOf(bar))}${unit}`
    const said = one.unsure ? `${verdict}, the quartiles lie on both sides` : verdict
    const colour = verdict === 'met' ? 'green' : verdict === 'missed' ? 'red' : 'dim'
    return `${what.padEnd(width)}  ${figure.padStart(9)}  ${wanted.padEnd(18)} ${paint(colour, said)}`
  })
  const judged = bars.filter(({ verdict }) => verdict !== 'not judged')
  const missed = judged.filter(({ verdict }) => verdict === 'missed').length
  const sum =
    judged.length === 0
      ? paint('dim', 'no bar was judged')
      : missed === 0
        ? paint('green', `all ${judged.length} bars that were judged are met`)
        : paint('red', `${missed} of ${judged.length} bars that were judged are missed`)
  return [paint('bold', 'Bars'), ...lines, sum]
}

const digitsOf = (bar: number) => (bar >= 10 ? 1 : 2)
/** A hundredth of the floor's is not a hundred and fiftieth. */
const ratioDigits = (ratio: number) => (ratio >= 0.1 ? 2 : 3)

function label(figure: string): string {
  return figure === 'rate' || figure === 'value' ? '' : figure
}

function quartiles(figure: Spread | undefined, digits?: number): string {
  if (figure === undefined || figure.low === figure.high) return ''
  return `${number(figure.low, digits)}–${number(figure.high, digits)}`
}

/** Three digits that mean something, thousands set apart. */
export function number(figure: number | undefined, digits?: number): string {
  if (figure === undefined) return ''
  if (Number.isNaN(figure)) return '–'
  const places = digits ?? (figure < 10 ? 2 : figure < 100 ? 1 : 0)
  return figure.toLocaleString('en', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  })
}
