// Outcomes as one page that stands alone: no script, nothing loaded from elsewhere, light and dark.
import type { Machine } from '../machine.js'
import type { BarResult, Outcome, Row, Table } from '../outcome.js'
import { number } from '../report.js'
import { better, bullet, chart } from './chart.js'
import { escaped, figureText, keyed, ratioText, times } from './markup.js'
import { style } from './style.js'

export function page(outcomes: readonly Outcome[], machine: Machine): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tieline bench</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Tieline, measured</h1>
<p class="soft">${escaped(told(machine))}</p>
<p class="soft">Only ratios within one run say something: absolute figures change with the machine and the hour.
${keyed('ours', 'Tieline')} ${keyed('peer', 'others')} ${keyed('floor', 'the floor')}</p>
${outcomes.length > 1 ? navigation(outcomes) : ''}
${tiles(outcomes)}
</header>
<main>
${outcomes.map(section).join('\n')}
<footer>Made by <code>npm run bench -- --html FILE</code>. How to read it: docs/bench.md.</footer>
</main>
</body>
</html>
`
}

function told({ node, platform, cpu, cores, at }: Machine): string {
  return `Node ${node.slice(1)}, ${platform}, ${cpu}, ${cores} cores, ${at.slice(0, 16).replace('T', ' ')} UTC`
}

function navigation(outcomes: readonly Outcome[]): string {
  const links = outcomes.map(({ suite, title }) => `<a href="#${suite}">${escaped(title)}</a>`)
  return `<nav>${links.join('')}</nav>`
}

/** The few figures for who reads no more: how many bars are met, and the first ones of each suite. */
function tiles(outcomes: readonly Outcome[]): string {
  const bars = outcomes.flatMap((one) => one.bars).filter(({ verdict }) => verdict !== 'not judged')
  if (bars.length === 0) return ''
  const met = bars.filter(({ verdict }) => verdict === 'met').length
  // Four of the first suite and one of each other fit a row or two.
  const first = outcomes.flatMap(({ bars: own }, at) => own.slice(0, at === 0 ? 3 : 1))
  const shown = first.filter(({ value }) => value)
  return `<div class="tiles">
<div class="tile"><b>${met} of ${bars.length}</b><span>bars met</span></div>
${shown.map(({ what, value, unit }) => `<div class="tile"><b>${value ? valueText(value.median, unit) : '–'}</b><span>${escaped(what)}</span></div>`).join('\n')}
</div>`
}

function section(outcome: Outcome): string {
  const { suite, title, notes, tables, legend, failures } = outcome
  const filled = tables.filter(({ rows }) => rows.length > 0)
  return `<section>
<h2 id="${suite}">${escaped(title)}</h2>
<div class="notes">${notes.map((note) => `<p>${escaped(note)}</p>`).join('')}</div>
${failures.map(({ subject, message }) => `<p class="fault">${escaped(`${subject} failed: ${message}`)}</p>`).join('')}
${matrix(filled)}
${bars(outcome.bars)}
<div class="grid-of">${filled.map(card).join('\n')}</div>
${names(legend)}
</section>`
}

/** All works at a glance, where the same subjects did several. */
function matrix(tables: readonly Table[]): string {
  const ratios = tables.filter(({ rows }) => rows.some(({ ratio }) => ratio))
  const subjects = [...new Set(ratios.flatMap(({ rows }) => rows.map(({ subject }) => subject)))]
  if (ratios.length < 3 || subjects.length < 4) return ''
  const find = (table: Table, subject: string) => table.rows.find((row) => row.subject === subject)
  const lines = subjects.map((subject) => {
    const group = find(ratios[0] as Table, subject)?.group ?? 'peer'
    const cells = ratios.map((table) => matrixCell(table, find(table, subject)))
    return `<tr class="${group}"><td>${escaped(subject)}</td>${cells.join('')}</tr>`
  })
  const heads = ratios.map(
    ({ short, figure, better: way }) =>
      `<th>${escaped(short)}${figure === 'rate' || figure === 'value' ? '' : `<br>${escaped(figure)}`}${way === 'lower' ? ' ↓' : ''}</th>`,
  )
  return `<div class="card" style="margin-top:18px"><h3>At a glance</h3>
<p class="soft">Times the floor's figure. ↓ marks works in which less is better; warm is ahead of the floor, cold behind it.</p>
<table class="matrix"><tr><th></th>${heads.join('')}</tr>${lines.join('')}</table></div>`
}

function matrixCell(table: Table, row: Row | undefined): string {
  if (row?.ratio === undefined) return `<td title="${escaped(row?.absent ?? '')}">–</td>`
  const good = better(table, row)?.median ?? 1
  // Full colour at ten times as good or bad.
  const strength = Math.min(1, Math.abs(Math.log10(good))) * 0.55
  const colour = `rgb(var(${good >= 1 ? '--heat' : '--cold'}) / ${strength.toFixed(2)})`
  const title = `${row.subject}, ${table.title}: ${figureText(row.figures[table.figure], table.unit)}`
  return `<td style="background:${colour}" title="${escaped(title)}">${times(row.ratio.median)}</td>`
}

function bars(results: readonly BarResult[]): string {
  if (results.length === 0) return ''
  const lines = results.map(({ what, sense, bar, unit, value, verdict, unsure }) => {
    const colour = verdict === 'met' ? 'met' : verdict === 'missed' ? 'missed' : 'open'
    const said = unsure ? `${verdict}, not for certain` : verdict
    const drawn =
      value && verdict !== 'not judged' ? bullet(value, bar, sense, verdict === 'met') : ''
    return `<tr><td>${escaped(what)}</td><td>${value ? valueText(value.median, unit) : '–'}</td><td>${drawn}</td><td>${sense} ${valueText(bar, unit)}</td><td><span class="verdict ${colour}">${said}</span></td></tr>`
  })
  return `<div class="card" style="margin-top:18px"><h3>Bars</h3>
<p class="soft">What is promised, and what was measured. The dashed line is the bar, the dot the median, the line the quartiles; to the right is better.</p>
<table class="bars"><tr><th></th><th>measured</th><th></th><th>promised</th><th></th></tr>${lines.join('')}</table></div>`
}

function valueText(value: number, unit: string): string {
  return `${unit === '×' ? times(value) : number(value)}${escaped(unit)}`
}

function card(table: Table): string {
  const { title, unit, figure, better: way, rows } = table
  const what = figure === 'rate' || figure === 'value' ? unit : `${figure}, ${unit}`
  const ratios = rows.some(({ ratio }) => ratio)
  const scale = ratios ? '; the bars: times as good as the floor, logarithmic' : ''
  const absent = rows.filter((row) => row.absent)
  return `<div class="card"><h3>${escaped(title)}</h3>
<p class="soft">${escaped(what)}${what === '' ? '' : ', '}${way} is better${scale}</p>
${chart(table)}
${absent.length > 0 ? `<p class="soft">${absent.map(({ subject, absent: why }) => escaped(`${subject}: – (${why})`)).join(' · ')}</p>` : ''}
${figures(table)}</div>`
}

/** The whole table, folded: quartiles, what is beside, CPU. */
function figures(table: Table): string {
  const { figure, unit, beside, per } = table
  const rows = table.rows.filter(({ absent }) => absent === undefined)
  const withCpu = rows.some(({ cpu }) => cpu)
  const withNote = rows.some(({ note }) => note)
  const span = (low: number | undefined, high: number | undefined) =>
    low === undefined || high === undefined || low === high ? '' : `${number(low)}–${number(high)}`
  const lines = rows.map((row) => {
    const main = row.figures[figure]
    return [
      `<tr class="${row.group}"><td>${escaped(row.subject)}</td>`,
      `<td>${number(main?.median)}</td><td>${span(main?.low, main?.high)}</td>`,
      `<td>${ratioText(row.ratio)}</td>`,
      beside ? `<td>${number(row.figures[beside.figure]?.median)}</td>` : '',
      withCpu ? `<td>${number(row.cpu?.client.median)}</td>` : '',
      withCpu ? `<td>${row.cpu?.server ? number(row.cpu.server.median) : 'same'}</td>` : '',
      withNote ? `<td class="why">${escaped(row.note ?? '')}</td>` : '',
      '</tr>',
    ].join('')
  })
  const heads = [
    '<th></th>',
    `<th>${escaped(unit)}</th><th>quartiles</th><th>ratio</th>`,
    beside ? `<th>${escaped(`${beside.figure} ${beside.unit}`)}</th>` : '',
    withCpu ? `<th>CPU client, µs/${per ?? 'call'}</th><th>CPU server</th>` : '',
    withNote ? '<th></th>' : '',
  ]
  return `<details><summary>All figures</summary><table><tr>${heads.join('')}</tr>${lines.join('')}</table></details>`
}

function names(legend: Outcome['legend']): string {
  if (legend.length === 0) return ''
  const lines = legend.map(
    ({ name, title }) => `<dt>${escaped(name)}</dt><dd>${escaped(title)}</dd>`,
  )
  return `<details open><summary>What the names stand for</summary><dl>${lines.join('')}</dl></details>`
}
