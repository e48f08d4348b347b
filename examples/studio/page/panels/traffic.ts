// Requests: figures of the last second, the chart, and the load that is asked for.
import { MOST_LOAD, type Seen, type Traffic } from '../../src/protocol/studio.js'
import { byId, made, write } from '../dom.js'
import { count, milliseconds } from '../text.js'
import { Chart } from './chart.js'
import { showWire } from './wire.js'

export interface LoadActions {
  load(perSecond: number): void
  burst(requests: number): void
}

const BURST = 500
/** Milliseconds after a slider was moved in which it is left where it is. */
const HELD_MS = 1500
/** As many as the studio has; each with a colour of its own. */
const HANDLERS = ['handlers-1', 'handlers-2'] as const

export class TrafficPanel {
  readonly #chart = new Chart(byId('chart'), HANDLERS)
  readonly #slider = byId<HTMLInputElement>('load')
  readonly #counts = HANDLERS.map(() => made('b', {}, '–'))
  #moved = 0

  constructor(actions: LoadActions) {
    this.#slider.max = String(MOST_LOAD)
    byId('legend').append(
      ...HANDLERS.map((name, at) => {
        const label = made('span', {}, name)
        return made('li', { class: `series-${at + 1}` }, label, this.#counts[at] as Node)
      }),
    )
    this.#slider.addEventListener('input', () => {
      this.#moved = Date.now()
      const perSecond = Number(this.#slider.value)
      write('load-text', `${perSecond}/s`)
      actions.load(perSecond)
    })
    byId('burst').addEventListener('click', () => actions.burst(BURST))
  }

  show(seen: Seen<Traffic>): void {
    showWire(['traffic'], seen)
    this.#chart.live = seen.state === 'up'
    const { value } = seen
    if (value === null) return
    const last = value.seconds.at(-1)
    const up = seen.state === 'up' && last !== undefined
    const answered = HANDLERS.map((name) => last?.by[name] ?? 0)
    write('rate', up ? count(answered.reduce((sum, each) => sum + each, 0)) : '–')
    this.#counts.forEach((target, at) => {
      write(target, up ? count(answered[at] ?? 0) : '–')
    })
    write('p50', milliseconds(up ? last.p50 : null))
    write('p95', milliseconds(up ? last.p95 : null))
    write('total', count(value.total))
    if (Date.now() - this.#moved > HELD_MS) {
      this.#slider.value = String(value.load)
      write('load-text', `${value.load}/s`)
    }
    this.#chart.show(value.seconds)
  }
}
