// The cores of the machine, each with a small line of its own.
import type { Point } from '../../src/monitor.js'
import { drawn, element } from '../dom.js'
import { percent } from '../format.js'
import { type History, SECONDS } from './history.js'
import { areaPath, linePath, pieces } from './scale.js'

const WIDTH = 120
const HEIGHT = 38

interface Core {
  readonly figure: HTMLElement
  readonly svg: SVGSVGElement
}

export class Cores {
  readonly root: HTMLElement
  readonly #grid = element('div', { class: 'cores' })
  readonly #mean = element('b')
  readonly #history: History
  #cores: Core[] = []

  constructor(history: History) {
    this.#history = history
    const legend = element('ul', {}, element('li', { class: 'four' }, 'all', this.#mean))
    const head = element('header', {}, element('h3', {}, 'CPU, each core'), legend)
    this.root = element('section', { class: 'chart wide' }, head, this.#grid)
  }

  draw(): void {
    const { seen, points, last } = this.#history
    const cores = seen?.cores ?? []
    if (cores.length !== this.#cores.length) this.#make(cores.length)
    this.#mean.textContent = percent(meanOf(cores))
    this.#cores.forEach(({ figure, svg }, index) => {
      figure.textContent = percent(cores[index] ?? 0)
      const end = last?.at ?? 0
      const places = points.map((point) => ({
        x: WIDTH - ((end - point.at) / 1000 / (SECONDS - 1)) * WIDTH,
        y: HEIGHT - 1 - (point.cores[index] ?? 0) * (HEIGHT - 3),
      }))
      const all = pieces(places)
      svg.replaceChildren(
        drawn('path', { class: 'area four', d: areaPath(all, HEIGHT) }),
        drawn('path', {
          class: 'line four',
          d: linePath(all),
          'vector-effect': 'non-scaling-stroke',
        }),
      )
    })
  }

  #make(count: number): void {
    this.#cores = Array.from({ length: count }, () => ({
      figure: element('b'),
      svg: drawn('svg', {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: 'none',
        'aria-hidden': 'true',
      }),
    }))
    this.#grid.replaceChildren(
      ...this.#cores.map(({ figure, svg }, index) => {
        const core = element('div', { class: 'core' }, `Core ${index + 1}`, figure)
        core.append(svg)
        return core
      }),
    )
  }
}

export function meanOf(cores: Point['cores']): number {
  return cores.length === 0 ? 0 : cores.reduce((all, each) => all + each, 0) / cores.length
}
