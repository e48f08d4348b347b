// Requests a second over the last minute, stacked by the process that answered. It moves with the clock,
// so that a new second comes in from the right and nothing jumps.
import type { Second } from '../../src/protocol/studio.js'
import { drawn } from '../dom.js'
import { eachPicture, wantsCalm } from '../motion.js'

/** Seconds from one edge to the other. */
const SPAN = 56
/** Milliseconds that the newest second waits outside, on the right: then there is always one to come in. */
const LATE_MS = 1300
const HEIGHT = 150
const FOOT = 18
const TOP = 8
/** Pixels for the numbers of the axis. */
const LEFT = 30
/** The axis never shows less than that: a quiet line should look quiet. */
const LEAST = 40

export class Chart {
  live = false
  readonly #names: readonly string[]
  readonly #svg = drawn('svg', { height: HEIGHT, 'aria-hidden': 'true' })
  readonly #grid = drawn('g')
  readonly #moving = drawn('g')
  readonly #areas: readonly SVGPathElement[]
  readonly #lines: readonly SVGPathElement[]
  #seconds: readonly Second[] = []
  #width = 0
  #top = LEAST
  /** The moment for which the paths are drawn. */
  #drawnAt = 0

  constructor(place: HTMLElement, names: readonly string[]) {
    this.#names = names
    this.#areas = names.map((_, at) => drawn('path', { class: `area series-${at + 1}` }))
    this.#lines = names.map((_, at) => drawn('path', { class: `line series-${at + 1}` }))
    const clip = drawn('clipPath', { id: 'chart-clip' })
    const window = drawn('rect', { x: LEFT, y: 0, height: HEIGHT })
    clip.append(window)
    const clipped = drawn('g', { 'clip-path': 'url(#chart-clip)' })
    this.#moving.append(...this.#areas, ...this.#lines)
    clipped.append(this.#moving)
    this.#svg.append(clip, this.#grid, clipped)
    place.append(this.#svg)
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry?.contentRect.width ?? 0)
      this.#svg.setAttribute('width', String(this.#width))
      this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${HEIGHT}`)
      window.setAttribute('width', String(Math.max(0, this.#width - LEFT)))
      this.#draw()
    }).observe(place)
    eachPicture((now) => this.#move(now))
  }

  show(seconds: readonly Second[]): void {
    this.#seconds = seconds
    this.#draw()
  }

  /** Between two messages everything drifts to the left. */
  #move(now: number): void {
    const drift = wantsCalm() ? 0 : ((now - this.#drawnAt) / 1000) * this.#step
    this.#moving.setAttribute('transform', `translate(${(-drift).toFixed(2)} 0)`)
  }

  get #step(): number {
    return (this.#width - LEFT) / SPAN
  }

  #draw(): void {
    if (this.#width <= LEFT) return
    this.#drawnAt = Date.now()
    const sums = this.#seconds.map(({ by }) => this.#names.map((name) => by[name] ?? 0))
    const most = Math.max(LEAST, ...sums.map((each) => each.reduce((sum, one) => sum + one, 0)))
    this.#top = niceTop(most)
    this.#drawGrid()
    const late = wantsCalm() ? 0 : LATE_MS
    const xs = this.#seconds.map(
      ({ at }) => this.#width + ((at + late - this.#drawnAt) / 1000) * this.#step,
    )
    // A pause in the seconds is a bridge that was not there: the line is cut.
    const cuts = this.#seconds.map(({ at }, index) => {
      return index === 0 || at - (this.#seconds[index - 1]?.at ?? 0) > 2500
    })
    let below = xs.map(() => 0)
    this.#names.forEach((_, series) => {
      const above = below.map((height, index) => height + (sums[index]?.[series] ?? 0))
      this.#areas[series]?.setAttribute('d', this.#area(xs, above, below, cuts))
      this.#lines[series]?.setAttribute('d', this.#line(xs, above, cuts))
      below = above
    })
    this.#move(this.#drawnAt)
  }

  #y(value: number): string {
    return (HEIGHT - FOOT - (value / this.#top) * (HEIGHT - FOOT - TOP)).toFixed(1)
  }

  #line(xs: readonly number[], ys: readonly number[], cuts: readonly boolean[]): string {
    return xs
      .map((x, at) => `${cuts[at] ? 'M' : 'L'}${x.toFixed(1)} ${this.#y(ys[at] ?? 0)}`)
      .join('')
  }

  #area(
    xs: readonly number[],
    above: readonly number[],
    below: readonly number[],
    cuts: readonly boolean[],
  ): string {
    const pieces: number[][] = []
    xs.forEach((_, at) => {
      if (cuts[at]) pieces.push([])
      pieces.at(-1)?.push(at)
    })
    const point = (ys: readonly number[]) => (at: number) =>
      `${(xs[at] ?? 0).toFixed(1)} ${this.#y(ys[at] ?? 0)}`
    return pieces
      .map((piece) => {
        const there = piece.map(point(above))
        const back = [...piece].reverse().map(point(below))
        return `M${[...there, ...back].join('L')}Z`
      })
      .join('')
  }

  #drawGrid(): void {
    const lines = [0, this.#top / 2, this.#top].flatMap((value) => {
      const y = Math.round(Number(this.#y(value))) + 0.5
      return [
        drawn('line', { x1: LEFT, x2: this.#width, y1: y, y2: y }),
        drawn('text', { x: LEFT - 6, y: y + 3.5, 'text-anchor': 'end' }, String(value)),
      ]
    })
    const foot = HEIGHT - 4
    this.#grid.replaceChildren(
      ...lines,
      drawn('text', { x: LEFT, y: foot }, 'a minute ago'),
      drawn('text', { x: this.#width, y: foot, 'text-anchor': 'end' }, 'now'),
    )
  }
}

/** An even number of one leading figure, or one and a half, that is not below. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((top) => top >= most) ?? most
}
