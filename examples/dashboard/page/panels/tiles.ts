// The figures of the moment, large.
import type { Point, Tables } from '../../src/monitor.js'
import { meanOf } from '../chart/cores.js'
import { element } from '../dom.js'
import { gibibytes, milliseconds, percent, short, whole } from '../format.js'

type Mood = 'plain' | 'bad'

interface Told {
  readonly value: string
  readonly small?: string
  readonly mood?: Mood
}

const TILES: readonly {
  readonly name: string
  readonly of: (point: Point, tables: Tables) => Told
}[] = [
  { name: 'Requests', of: ({ requests }) => ({ value: whole(requests), small: '/s' }) },
  { name: 'Response time, p95', of: ({ p95 }) => unitApart(milliseconds(p95)) },
  {
    name: 'Failed',
    of: ({ errors, requests }) => ({
      value: short(errors),
      small: `/s, ${percent(requests === 0 ? 0 : errors / requests)}`,
      mood: errors > 0 ? 'bad' : 'plain',
    }),
  },
  { name: 'In flight', of: ({ inFlight }) => ({ value: whole(inFlight) }) },
  {
    name: 'Handler processes',
    of: ({ ready }, { wanted }) => ({
      value: whole(ready),
      small: `of ${wanted}`,
      mood: ready < wanted ? 'bad' : 'plain',
    }),
  },
  {
    name: 'CPU and memory',
    of: ({ cores, memory }) => ({ value: percent(meanOf(cores)), small: gibibytes(memory) }),
  },
]

function unitApart(text: string): Told {
  const [value = '', small = ''] = text.split(' ')
  return { value, small }
}

export class Tiles {
  readonly #tiles: readonly { root: HTMLElement; value: Text; small: HTMLElement }[]

  constructor(root: HTMLElement) {
    this.#tiles = TILES.map(({ name }) => {
      const value = document.createTextNode('–')
      const small = element('small')
      const shown = element('dd', {}, value, ' ', small)
      return {
        root: element('dl', { class: 'tile' }, element('dt', {}, name), shown),
        value,
        small,
      }
    })
    root.replaceChildren(...this.#tiles.map((tile) => tile.root))
  }

  show(point: Point | undefined, tables: Tables | undefined): void {
    if (point === undefined || tables === undefined) return
    this.#tiles.forEach(({ root, value, small }, index) => {
      const told = TILES[index]?.of(point, tables)
      value.data = told?.value ?? ''
      small.textContent = told?.small ?? ''
      root.dataset['mood'] = told?.mood ?? 'plain'
    })
  }
}
