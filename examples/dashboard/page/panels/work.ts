// The tables of routes and functions.
import type { WorkRow } from '../../src/monitor.js'
import { element } from '../dom.js'
import { milliseconds, short, whole } from '../format.js'

const COLUMNS: readonly {
  readonly name: string
  readonly of: (row: WorkRow) => string
  readonly kind?: string
}[] = [
  { name: '/s', of: ({ rate }) => short(rate) },
  { name: 'All', of: ({ count }) => whole(count) },
  { name: 'Failed', of: ({ errors }) => whole(errors) },
  { name: 'p50', of: ({ p50 }) => milliseconds(p50), kind: 'optional' },
  { name: 'p95', of: ({ p95 }) => milliseconds(p95) },
]

export function showWork(table: HTMLElement, what: string, rows: readonly WorkRow[]): void {
  const classOf = (kind = '') => ({ class: `number ${kind}`.trim(), scope: 'col' })
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, what),
    ...COLUMNS.map(({ name, kind }) => element('th', classOf(kind), name)),
  )
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      element('td', {}, row.name),
      ...COLUMNS.map(({ name, of, kind = '' }) => {
        const mood = name === 'Failed' && row.errors > 0 ? 'bad' : ''
        return element('td', { class: `number ${kind} ${mood}`.trim() }, of(row))
      }),
    ),
  )
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...body))
}
