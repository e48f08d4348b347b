// A chart of lines over the last two minutes. Its head has the figures of the moment that is looked
// at; the pointer or the arrow keys choose it, for all charts at once.
import type { Point } from '../../src/monitor.js'
import { drawn, element } from '../dom.js'
import { type History, SECONDS } from './history.js'
import { areaPath, linePath, pieces, steps } from './scale.js'

export interface Series {
  readonly name: string
  /** A class of chart.css that says its colour. */
  readonly colour: 'one' | 'two' | 'three' | 'four' | 'bad-series'
  readonly value: (point: Point) => number | undefined
  /** Filled down to the floor. */
  readonly area?: boolean
}

export interface ChartOptions {
  readonly title: string
  readonly series: readonly Series[]
  readonly text: (value: number | undefined) => string
  /** The same for the axis, where it should be shorter. */
  readonly axis?: (value: number) => string
  /** What the top is not below. */
  readonly least: number
}

const HEIGHT = 148
const TOP = 10
const FOOT = 18
const RIGHT = 6
/** Pixels for the axis' texts. */
const LEFT = 52

export class Chart {
  readonly root: HTMLElement
  readonly #options: ChartOptions
  readonly #history: History
  readonly #svg = drawn('svg', { 'aria-hidden': 'true' })
  readonly #figures: readonly HTMLElement[]
  #width = 0

  constructor(options: ChartOptions, history: History, say: (text: string) => void) {
    this.#options = options
    this.#history = history
    this.#figures = options.series.map(() => element('b'))
    const legend = options.series.map(({ name, colour }, index) =>
      element('li', { class: colour }, name, this.#figures[index]),
    )
    const head = element(
      'header',
      {},
      element('h3', {}, options.title),
      element('ul', {}, ...legend),
    )
    this.root = element('section', { class: 'chart', tabindex: '0', role: 'group' }, head)
    this.root.append(this.#svg)
    this.root.addEventListener('keydown', (event) => this.#key(event, say))
    this.root.addEventListener('blur', () => history.look(undefined))
    this.#svg.addEventListener('pointermove', ({ offsetX }) =>
      history.look(this.#momentAt(offsetX)),
    )
    this.#svg.addEventListener('pointerleave', () => history.look(undefined))
    new ResizeObserver(([entry]) => {
      this.#width = entry?.contentRect.width ?? 0
      this.draw()
    }).observe(this.#svg)
  }

  draw(): void {
    const { series, text, title } = this.#options
    const { seen } = this.#history
    series.forEach(({ value }, index) => {
      const figure = this.#figures[index]
      if (figure) figure.textContent = text(seen && value(seen))
    })
    this.root.setAttribute('aria-label', `${title}: ${this.#told(seen)}`)
    if (this.#width < 2 * LEFT) return
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${HEIGHT}`)
    this.#svg.replaceChildren(...this.#axes(), ...series.flatMap((each) => this.#lines(each)))
    if (this.#history.looksBack && seen !== undefined) this.#svg.append(...this.#cursor(seen))
  }

  #told(point: Point | undefined): string {
    const { series, text } = this.#options
    return series.map(({ name, value }) => `${name} ${text(point && value(point))}`).join(', ')
  }

  #top(): number {
    const { series, least } = this.#options
    let most = least
    for (const point of this.#history.points) {
      for (const { value } of series) most = Math.max(most, value(point) ?? 0)
    }
    return steps(most).at(-1) ?? most
  }

  #x(at: number): number {
    const end = this.#history.last?.at ?? at
    const room = this.#width - LEFT - RIGHT
    return this.#width - RIGHT - ((end - at) / 1000 / (SECONDS - 1)) * room
  }

  #y(value: number, top: number): number {
    return HEIGHT - FOOT - (value / top) * (HEIGHT - FOOT - TOP)
  }

  #momentAt(x: number): number {
    const room = this.#width - LEFT - RIGHT
    const back = ((this.#width - RIGHT - x) / room) * (SECONDS - 1)
    return (this.#history.last?.at ?? 0) - back * 1000
  }

  #axes(): SVGElement[] {
    const { axis = (value: number) => value.toLocaleString('en') } = this.#options
    const top = this.#top()
    const right = this.#width - RIGHT
    const made: SVGElement[] = []
    for (const value of [0, ...steps(top)]) {
      const y = Math.round(this.#y(value, top)) + 0.5
      made.push(
        drawn('line', { class: 'grid', x1: LEFT, x2: right, y1: y, y2: y }),
        drawn('text', { x: LEFT - 7, y: y + 3.5, 'text-anchor': 'end' }, axis(value)),
      )
    }
    const foot = HEIGHT - 4
    const texts = [
      ['2 min ago', LEFT, 'start'],
      ['1 min', (LEFT + right) / 2, 'middle'],
      ['now', right, 'end'],
    ] as const
    for (const [text, x, anchor] of texts) {
      made.push(drawn('text', { x, y: foot, 'text-anchor': anchor }, text))
    }
    return made
  }

  #lines({ value, colour, area = false }: Series): SVGElement[] {
    const top = this.#top()
    let before: number | undefined
    const places = this.#history.points.flatMap((point) => {
      const height = value(point)
      const place =
        height === undefined ? undefined : { x: this.#x(point.at), y: this.#y(height, top) }
      // A second that is missing is a gap, as is one in which there was nothing to measure.
      const gap = before !== undefined && point.at - before > 2500
      before = point.at
      return gap ? [undefined, place] : [place]
    })
    const all = pieces(places)
    const line = drawn('path', { class: `line ${colour}`, d: linePath(all) })
    if (!area) return [line]
    const d = areaPath(all, this.#y(0, top))
    return [drawn('path', { class: `area ${colour}`, d }), line]
  }

  #cursor(point: Point): SVGElement[] {
    const top = this.#top()
    const x = Math.round(this.#x(point.at)) + 0.5
    const made: SVGElement[] = [
      drawn('line', { class: 'cursor', x1: x, x2: x, y1: TOP - 6, y2: HEIGHT - FOOT }),
    ]
    for (const { value, colour } of this.#options.series) {
      const height = value(point)
      if (height === undefined) continue
      made.push(
        drawn('circle', { class: `dot ${colour}`, cx: x, cy: this.#y(height, top), r: 3.5 }),
      )
    }
    return made
  }

  #key(event: KeyboardEvent, say: (text: string) => void): void {
    const by = STEPS[event.key]
    if (by !== undefined) this.#history.step(by)
    else if (event.key === 'Escape' || event.key === 'End') this.#history.look(undefined)
    else return
    event.preventDefault()
    const { seen, last } = this.#history
    if (seen === undefined || last === undefined) return
    const back = Math.round((last.at - seen.at) / 1000)
    say(`${back === 0 ? 'now' : `${back} seconds ago`}: ${this.#told(seen)}`)
  }
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -SECONDS,
}
