import { expect, test } from 'vitest'
import { judged, type Outcome } from '../outcome.js'
import { spread } from '../statistics.js'
import { better } from './chart.js'
import { page } from './page.js'

const machine = {
  node: 'v20',
  platform: 'linux x64',
  cpu: 'a <cpu>',
  cores: 4,
  at: '2026-01-01T00:00',
}
const outcome: Outcome = {
  suite: 'peers',
  title: 'Us & them',
  notes: ['how'],
  tables: [
    {
      task: 'one',
      title: 'a <call>',
      short: 'one',
      figure: 'p50',
      unit: 'µs',
      better: 'lower',
      floor: 'raw',
      rows: [
        { subject: 'raw', group: 'floor', figures: { p50: spread([10]) }, ratio: spread([1]) },
        { subject: 'ours', group: 'ours', figures: { p50: spread([12]) }, ratio: spread([1.2]) },
        { subject: 'none', group: 'peer', figures: {}, absent: 'has no <streams>' },
      ],
    },
  ],
  bars: [judged('ours', 'at most', 1.15, spread([1.2]))],
  legend: [{ name: 'ours', title: 'a "thing"' }],
  failures: [{ subject: 'other', message: 'ended with <code>' }],
}

test('the page stands alone and escapes what it is told', () => {
  const html = page([outcome, { ...outcome, suite: 'second' }], machine)
  expect(html).not.toMatch(/<script|<link|https?:|url\(/)
  expect(html).not.toMatch(/<cpu>|<call>|<streams>|<code> /)
  expect(html).toContain('Us &amp; them')
  expect(html).toContain('has no &lt;streams&gt;')
  expect(html).toContain('prefers-color-scheme: dark')
  expect(html).toContain('href="#second"')
})

test('it has no holes where figures are missing', () => {
  const empty = { ...outcome, bars: [], legend: [], failures: [] }
  const html = page([empty, { ...empty, tables: [] }], machine)
  expect(html).not.toMatch(/NaN|undefined|Infinity/)
})

test('bars point to the right for better, whichever way a figure goes', () => {
  const [table] = outcome.tables
  const row = table?.rows[1]
  if (table === undefined || row === undefined) throw new Error('the row is above')
  expect(better(table, row)?.median).toBeCloseTo(1 / 1.2)
  expect(better({ ...table, better: 'higher' }, row)?.median).toBe(1.2)
})
