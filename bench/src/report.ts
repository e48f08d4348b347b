// The outcome for a reader: one aligned table for each task, then what the names stand for.
import type { Outcome, Row, Table } from './run.js'
import type { Spread } from './statistics.js'
import { type Task, tasks } from './work.js'

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
  const { rounds, length, floor, cores } = outcome
  const lines = [
    `${rounds} rounds of at least ${length.ms} ms each, interleaved. Medians, quartiles behind them.`,
    `Ratios are to ${floor}, made within a round. Cores: ${cores}.`,
    '',
  ]
  for (const table of outcome.tables.filter(({ rows }) => rows.length > 0))
    lines.push(...section(table, paint), '')
  for (const { subject, title } of outcome.tables[0]?.rows ?? [])
    lines.push(paint('dim', `${subject}: ${title}`))
  for (const { subject, message } of outcome.failures)
    lines.push(paint('red', `${subject} failed: ${message}`))
  const bars = outcome.tables.flatMap((table) => table.rows.flatMap((row) => row.bar ?? []))
  if (bars.length > 0) {
    const missed = bars.filter((bar) => !bar.met).length
    lines.push(
      '',
      missed === 0
        ? paint('green', `all ${bars.length} bars that were judged are met`)
        : paint('red', `${missed} of ${bars.length} bars that were judged are missed`),
    )
  }
  return `${lines.join('\n')}\n`
}

function section(table: Table, paint: Paint): string[] {
  const task: Task = tasks[table.task]
  const beside = task.beside
  const sign = table.better === 'lower' ? 'at most' : 'at least'
  const head = [
    '',
    `${label(table.figure)} ${table.unit}`,
    '',
    'ratio',
    '',
    ...(beside ? [`${label(beside.figure)} ${beside.unit}`] : []),
    'CPU client',
    'CPU server',
    table.rows.some((row) => row.bar) ? 'bar' : '',
  ]
  const cells = table.rows.map((row) => [
    row.subject,
    ...withSpread(row.figures[table.figure]),
    ...withSpread(row.ratio, 2),
    ...(beside ? [number(row.figures[beside.figure]?.median)] : []),
    number(row.cpu.client.median),
    row.cpu.server ? number(row.cpu.server.median) : 'same',
    row.bar ? `${sign} ${row.bar.ratio.toFixed(2)}: ${row.bar.met ? 'ok' : 'missed'}` : '',
  ])
  const widths = head.map((text, column) =>
    Math.max(text.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const last = head.length - 1
  const line = (row: readonly string[]) =>
    row.map((text, column) =>
      column === 0 || column === last || column === 2 || column === 4
        ? text.padEnd(widths[column] ?? 0)
        : text.padStart(widths[column] ?? 0),
    )
  return [
    paint('bold', table.title) + paint('dim', '   CPU in µs for each call'),
    paint('dim', line(head).join('  ').trimEnd()),
    ...cells.map((row, at) => painted(line(row), table.rows[at], paint)),
  ]
}

function painted(cells: string[], row: Row | undefined, paint: Paint): string {
  const styled = cells.map((text, column) =>
    column === 2 || column === 4 ? paint('dim', text) : text,
  )
  if (row?.bar) {
    const last = styled.length - 1
    styled[last] = paint(row.bar.met ? 'green' : 'red', styled[last]?.trimEnd() ?? '')
  }
  return styled.join('  ').trimEnd()
}

function label(figure: string): string {
  return figure === 'rate' ? '' : figure
}

function withSpread(figure: Spread | undefined, digits?: number): [string, string] {
  if (figure === undefined) return ['', '']
  const { median, low, high } = figure
  return [number(median, digits), `${number(low, digits)}–${number(high, digits)}`]
}

/** Three digits that mean something, thousands set apart. */
function number(figure: number | undefined, digits?: number): string {
  if (figure === undefined || Number.isNaN(figure)) return '–'
  const places = digits ?? (figure < 10 ? 2 : figure < 100 ? 1 : 0)
  return figure.toLocaleString('en', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  })
}
