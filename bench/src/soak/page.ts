// The soak as one page that a person looks at: stands alone, no script, light and dark.
import type { Machine } from '../machine.js'
import { escaped, keyed } from '../page/markup.js'
import { style } from '../page/style.js'
import { number } from '../report.js'
import { lines, type Mark } from './plot.js'
import { all, latency, MOST_FLOOD_RATIO, restartCount, restarts } from './report.js'
import type { SoakResult } from './run.js'
import { clock, type Stand } from './stand.js'

const own = `
:root { --s0: #d9480f; --s1: #1971c2; --s2: #2b8a3e; --s3: #862e9c; --s4: #a37100; --s5: #5c677d }
@media (prefers-color-scheme: dark) {
  :root { --s0: #ff7a3d; --s1: #74c0fc; --s2: #69db7c; --s3: #da9bf0; --s4: #ffd43b; --s5: #adb5bd }
}
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
${[0, 1, 2, 3, 4, 5].map((at) => `.s${at} { stroke: var(--s${at}) } .f${at} { fill: var(--s${at}) } .l${at} { background: var(--s${at}) }`).join('\n')}
.mark { stroke-width: 1; opacity: .3 }
.mark.SIGKILL { stroke: var(--bad) } .mark.SIGTERM { stroke: var(--s4) } .mark.pause { stroke: var(--s1) }
.key.SIGKILL { background: var(--bad) } .key.SIGTERM { background: var(--s4) } .key.pause { background: var(--s1) }
.good { color: var(--good) } .fault { overflow-wrap: anywhere; font-size: 13.5px }
.tile b.bad { color: var(--bad) }
`

export function soakPage(result: SoakResult, machine: Machine): string {
  const { minutes, seed, stands, ownReadings, problems, interrupted } = result
  const seconds = Math.max(1, ...ownReadings.map(({ at }) => at))
  const answered = stands.reduce((sum, { ledger }) => sum + ledger.answered, 0)
  const lost = stands.reduce((sum, { ledger }) => sum + ledger.lost, 0)
  const pauses = stands.flatMap((one) => one.disturbances).filter(({ how }) => how === 'pause')
  const verdict = interrupted ? 'stopped early' : problems.length === 0 ? 'held' : 'failed'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tieline soak</title>
<style>${style}${own}</style>
</head>
<body>
<header>
<h1>Tieline, soaked</h1>
<p class="soft">${escaped(`${partsOf(stands)} for ${minutes} min, killed, ended and paused at random from seed ${seed}. Node ${machine.node.slice(1)}, ${machine.platform}, ${machine.cpu}, ${machine.cores} cores, ${machine.at.slice(0, 16).replace('T', ' ')} UTC`)}</p>
<div class="tiles">
${tile(verdict, problems.length === 0 ? 'every assertion of the soak' : `${problems.length} faults`, verdict !== 'held')}
${tile(`${restartCount(stands)}`, 'processes killed or ended, and started again')}
${tile(`${pauses.length}`, 'processes stopped for a while')}
${tile(number(answered, 0), 'calls, requests and exchanges answered rightly')}
${tile(number(lost, 0), 'lost while something was disturbed, each with an error in time')}
</div>
<nav>${stands.map(({ name }) => `<a href="#${name.replace(' ', '-')}">${escaped(name)}</a>`).join('')}<a href="#back">back where they were</a></nav>
</header>
<main>
${faults(problems)}
${comparisons(result)}
${floodTable(result)}
${stands.map((stand) => section(stand, seconds)).join('\n')}
<section><h2>The soak's own process</h2>
<p class="soft">It has clients of all parts.</p>
<div class="grid-of">${ownPlots(result, seconds)}</div></section>
<footer>Made by <code>npm run soak -- --html FILE</code>. What it asserts: docs/soak.md.</footer>
</main>
</body>
</html>
`
}

function partsOf(stands: readonly Stand[]): string {
  return [...new Set(stands.map(({ name }) => name.slice(0, -2)))].join(', ')
}

function tile(value: string, text: string, bad = false): string {
  return `<div class="tile"><b${bad ? ' class="bad"' : ''}>${escaped(value)}</b><span>${escaped(text)}</span></div>`
}

function faults(problems: readonly string[]): string {
  if (problems.length === 0) return ''
  const lines = problems.map((text) => `<p class="fault">${escaped(text)}</p>`)
  return `<section><h2>What went wrong</h2><div class="card">${lines.join('')}</div></section>`
}

function comparisons(result: SoakResult): string {
  const rows = all(result).map(({ name, early, late, problems }) => {
    const kinds = [...new Set([...Object.keys(early.resources), ...Object.keys(late.resources)])]
    const resources = kinds.map(
      (kind) => `${kind} ${early.resources[kind] ?? 0} → ${late.resources[kind] ?? 0}`,
    )
    const cells = [
      `${early.heapMiB.toFixed(1)} → ${late.heapMiB.toFixed(1)}`,
      `${early.memoryMiB.toFixed(0)} → ${late.memoryMiB.toFixed(0)}`,
      `${early.descriptors} → ${late.descriptors}`,
      `${early.children} → ${late.children}`,
    ]
    const told =
      problems.length === 0
        ? '<span class="verdict met">back</span>'
        : '<span class="verdict missed">not back</span>'
    return `<tr><td>${escaped(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}<td class="why">${escaped(resources.join(', '))}</td><td>${told}</td></tr>`
  })
  return `<section><h2 id="back">Back where they were</h2>
<p class="soft">Processes that were never ended, at rest after the warm-up and at rest at the end.</p>
<div class="card"><table><tr><th></th><th>live MiB, after a collection</th><th>resident MiB</th><th>descriptors</th><th>children</th><th style="text-align:left">what keeps the event loop alive</th><th></th></tr>${rows.join('')}</table></div></section>`
}

function floodTable({ floods }: SoakResult): string {
  if (floods.length === 0) return ''
  const rows = floods.map(({ kind, idleP99, floodP99, ratio, sent, refused }) => {
    const met = ratio < MOST_FLOOD_RATIO
    const cells = [
      number(sent, 0),
      number(refused, 0),
      `${idleP99.toFixed(2)} ms`,
      `${floodP99.toFixed(2)} ms`,
      `${ratio.toFixed(2)}×`,
    ]
    return `<tr><td>${kind}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}<td><span class="verdict ${met ? 'met' : 'missed'}">${met ? 'under' : 'over'} ${MOST_FLOOD_RATIO}×</span></td></tr>`
  })
  return `<section><h2>A flood from one client</h2>
<p class="soft">What the p99 of another client's calls becomes meanwhile; the ratio is made within each round.</p>
<div class="card"><table><tr><th></th><th>sent</th><th>refused</th><th>p99 alone</th><th>p99 in the flood</th><th>ratio</th><th></th></tr>${rows.join('')}</table></div></section>`
}

function section(stand: Stand, seconds: number): string {
  const { name, ledger, disturbances, readings, steady } = stand
  const marks: Mark[] = disturbances.map(({ at, who, how, backMs }) => ({
    at,
    kind: how,
    title: `${clock(at)} ${who} ${how}, whole after ${backMs.toFixed(0)} ms`,
  }))
  const [p50, p99] = latency(ledger.points)
  const line = (of: 'memory' | 'descriptors') =>
    [...readings].map(([process, all]) => ({
      name: steady.has(process) ? `${process} (never ended)` : process,
      points: all.map((one) => [one.at, one[of]] as const),
    }))
  const whos = [...new Set(disturbances.map(({ who }) => who))]
  const back = whos.map((who) => ({
    name: who,
    points: disturbances
      .filter((one) => one.who === who)
      .map(({ at, backMs }) => [at, Math.max(1, backMs)] as const),
  }))
  const rows = restarts(stand).map(
    ({ who, how, count, medianMs, slowestMs }) =>
      `<tr><td>${escaped(`${who} ${how}`)}</td><td>${count}</td><td>${number(medianMs, 0)} ms</td><td>${number(slowestMs, 0)} ms</td></tr>`,
  )
  const time = { seconds, marks }
  return `<section><h2 id="${name.replace(' ', '-')}">${escaped(name)}</h2>
<p class="soft">${number(ledger.answered, 0)} answered, ${number(ledger.lost, 0)} lost while disturbed; median of the seconds: p50 ${number(p50)} ms, p99 ${number(p99)} ms.
Upright lines: ${keyed('SIGKILL', 'killed')} ${keyed('SIGTERM', 'ended')} ${keyed('pause', 'paused')}</p>
<div class="grid-of">
${lines({ title: 'Memory', unit: 'resident MiB', lines: line('memory'), ...time })}
${lines({ title: 'Descriptors', unit: 'open', lines: line('descriptors'), ...time })}
${lines({
  title: 'Latency of the traffic',
  unit: 'ms, logarithmic',
  logarithmic: true,
  lines: [
    { name: 'p99', points: ledger.points.map(({ at, p99: value }) => [at, value] as const) },
    { name: 'p50', points: ledger.points.map(({ at, p50: value }) => [at, value] as const) },
  ],
  ...time,
})}
${lines({ title: 'Time until it was whole again', dots: true, unit: 'ms, logarithmic', logarithmic: true, lines: back, ...time })}
</div>
<details><summary>Restarts</summary><table><tr><th></th><th>times</th><th>whole again, median</th><th>slowest</th></tr>${rows.join('')}</table></details>
</section>`
}

function ownPlots({ ownReadings }: SoakResult, seconds: number): string {
  const line = (of: 'memory' | 'descriptors') => [
    { name: 'soak', points: ownReadings.map((one) => [one.at, one[of]] as const) },
  ]
  return `${lines({ title: 'Memory', unit: 'resident MiB', seconds, lines: line('memory') })}
${lines({ title: 'Descriptors', unit: 'open', seconds, lines: line('descriptors') })}`
}
