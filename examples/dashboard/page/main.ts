// The page: follows the feed, and shows it as figures, charts and tables.
import type { Sample, Snapshot } from '../src/monitor.js'
import { Chart, type ChartOptions } from './chart/chart.js'
import { Cores } from './chart/cores.js'
import { History } from './chart/history.js'
import { byId } from './dom.js'
import { ask, type FeedState, follow } from './feed.js'
import { clock, gibibytes, milliseconds, short, span, whole } from './format.js'
import { Processes } from './panels/processes.js'
import { Tiles } from './panels/tiles.js'
import { showWork } from './panels/work.js'

const GIB = 2 ** 30

const TRAFFIC: readonly ChartOptions[] = [
  {
    title: 'Requests per second',
    series: [
      { name: 'all', colour: 'one', value: ({ requests }) => requests, area: true },
      { name: 'failed', colour: 'bad-series', value: ({ errors }) => errors, area: true },
    ],
    text: whole,
    least: 5,
  },
  {
    title: 'Response time',
    series: [
      { name: 'p50', colour: 'one', value: ({ p50 }) => p50 },
      { name: 'p95', colour: 'two', value: ({ p95 }) => p95 },
      { name: 'p99', colour: 'three', value: ({ p99 }) => p99 },
    ],
    text: milliseconds,
    axis: (value) => `${short(value)} ms`,
    least: 5,
  },
  {
    title: 'In flight and handler processes',
    series: [
      { name: 'in flight', colour: 'one', value: ({ inFlight }) => inFlight, area: true },
      { name: 'processes ready', colour: 'four', value: ({ ready }) => ready },
    ],
    text: whole,
    least: 3,
  },
  {
    title: 'Function calls per second',
    series: [{ name: 'calls', colour: 'two', value: ({ calls }) => calls, area: true }],
    text: whole,
    least: 5,
  },
]

const STATES: Readonly<Record<FeedState, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
}

function start(): void {
  const history = new History(draw)
  const tiles = new Tiles(byId('tiles'))
  const processes = new Processes((pid) => void ask(`/processes/${pid}/kill`))
  const cores = new Cores(history)
  const say = (text: string): void => {
    byId('said').textContent = text
  }
  const charts = TRAFFIC.map((options) => new Chart(options, history, say))
  byId('traffic').append(...charts.map(({ root }) => root))
  let about: (Snapshot & { readonly servedBy: number }) | undefined
  let sample: Sample | undefined

  function draw(): void {
    for (const chart of charts) chart.draw()
    cores.draw()
    tiles.show(history.seen, sample)
    const { seen, looksBack } = history
    byId('moment').textContent = looksBack && seen ? `At ${clock(seen.at)}` : 'The last two minutes'
  }

  follow({
    state(state) {
      byId('status').dataset['state'] = state
      byId('status').textContent = STATES[state]
    },
    snapshot(snapshot) {
      // At each beginning, of which there may be many: the machine's charts are made at the first.
      if (about === undefined) {
        const made = machineCharts(snapshot).map((options) => new Chart(options, history, say))
        charts.push(...made)
        byId('machine').append(cores.root, ...made.map(({ root }) => root))
      }
      about = snapshot
      history.replace(snapshot.points)
    },
    sample(next) {
      sample = next
      history.add(next.point)
      if (about) showTables(next, about, processes)
      tiles.show(history.seen, sample)
    },
  })
}

function machineCharts({ memoryTotal }: Snapshot): readonly ChartOptions[] {
  return [
    {
      title: `Memory, of ${gibibytes(memoryTotal)}`,
      series: [{ name: 'used', colour: 'two', value: ({ memory }) => memory / GIB, area: true }],
      text: (value) => gibibytes((value ?? 0) * GIB),
      axis: (value) => `${short(value)} GiB`,
      least: memoryTotal / GIB,
    },
    {
      title: 'Load',
      series: [
        { name: '1 min', colour: 'one', value: ({ load }) => load[0] },
        { name: '5 min', colour: 'two', value: ({ load }) => load[1] },
        { name: '15 min', colour: 'three', value: ({ load }) => load[2] },
      ],
      text: (value) => (value ?? 0).toFixed(2),
      least: 1,
    },
  ]
}

function showTables(
  sample: Sample,
  { host, node, started, servedBy }: Snapshot & { readonly servedBy: number },
  processes: Processes,
): void {
  const now = sample.point.at
  byId('about').textContent = `${host} · Node ${node} · up for ${span(now - started)}`
  byId('visitors').setAttribute('aria-checked', String(sample.visitors))
  processes.show(sample, now, servedBy)
  showWork(byId('routes'), 'Route', sample.routes)
  showWork(byId('functions'), 'Function', sample.functions)
}

byId('visitors').addEventListener('click', ({ currentTarget }) => {
  const button = currentTarget as HTMLElement
  const on = button.getAttribute('aria-checked') !== 'true'
  button.setAttribute('aria-checked', String(on))
  void ask(`/visitors/${on ? 'on' : 'off'}`)
})

start()
