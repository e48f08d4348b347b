// Over what a panel's content comes, and whether that is there now.
import type { Seen } from '../../src/protocol/studio.js'
import { byId, made, write } from '../dom.js'

const HIDDEN = { waiting: 'Waiting for it', lost: 'Lost, coming back', up: '' } as const

/** The labels of these panels. */
export function showWire(names: readonly string[], { over, state, why }: Seen<unknown>): void {
  for (const name of names) {
    const label = document.querySelector<HTMLElement>(`[data-wire="${name}"]`)
    if (label !== null) showLabel(label, over, state, why)
    const panel = label?.closest<HTMLElement>('.panel')
    if (panel) panel.dataset['state'] = state
  }
}

/** The page's own connection. */
export function showPageWire(up: boolean): void {
  byId('page-wire').dataset['state'] = up ? 'up' : 'lost'
}

function showLabel(
  label: HTMLElement,
  over: string,
  state: Seen<unknown>['state'],
  why: string | null,
): void {
  label.dataset['state'] = state
  label.title = why ?? ''
  if (label.childElementCount === 0) label.append(made('span'), made('b', { class: 'unseen' }))
  write(label.children[0] as Element, over)
  write(label.children[1] as Element, HIDDEN[state])
}
