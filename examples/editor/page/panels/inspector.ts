// All that is known of what is selected.
import type { Details } from '../../src/protocol/editor.js'
import { element, write } from '../dom.js'
import { degrees, minutes, size } from '../text.js'

const SHAPES = {
  drifter: '<circle cx="8" cy="8" r="5" />',
  orbiter: '<circle cx="8" cy="8" r="4.6" />',
  flocker: '<path d="M8 2.6l4.3 10.8L8 11l-4.3 2.4z" />',
} as const

const FACTS: readonly (readonly [name: string, of: (details: Details) => string])[] = [
  ['Position', ({ x, y }) => `${Math.round(x)}, ${Math.round(y)}`],
  ['Speed', ({ speed }) => `${Math.round(speed)} u/s`],
  ['Heading', ({ heading }) => degrees(heading)],
  ['Size', (details) => size(details.size * 2, details.size * 2)],
  ['Travelled', ({ travelled }) => `${Math.round(travelled)} u`],
  ['Bounces', ({ bounces }) => String(bounces)],
  ['Age', ({ age }) => minutes(age)],
]

export class Inspector {
  readonly #values: readonly HTMLElement[]

  constructor() {
    const facts = element('facts')
    this.#values = FACTS.map(([name]) => {
      const term = document.createElement('dt')
      const value = document.createElement('dd')
      term.textContent = name
      value.dataset.fact = name.toLowerCase()
      facts.append(term, value)
      return value
    })
  }

  selected(id: number | undefined): void {
    element('inspector-empty').hidden = id !== undefined
    element('inspector').hidden = true
  }

  show(details: Details, paused: boolean): void {
    const { id, kind, held } = details
    element('inspector').hidden = false
    const shape = element('subject').querySelector('svg') as SVGElement
    if (shape.dataset.kind !== kind) {
      shape.dataset.kind = kind
      shape.setAttribute('class', kind)
      shape.innerHTML = SHAPES[kind]
    }
    write('subject-name', `${kind} ${id}`)
    write('subject-state', held ? 'held' : paused ? 'paused' : 'moving')
    this.#values.forEach((value, at) => {
      value.textContent = FACTS[at]?.[1](details) ?? ''
    })
  }
}
