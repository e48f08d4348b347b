// What was done to the scene lately, here and on other pages; and a voice for it.
import type { Event } from '../../src/protocol/editor.js'
import { element, write } from '../dom.js'

/** Lines kept: as many as are read at a glance. */
const LINES = 6

export function say(text: string): void {
  write('said', text)
}

export function happened(event: Event): void {
  const who = event.own ? 'You' : 'Another page'
  const which = event.id === undefined ? 'the scene' : `${event.kind} ${event.id}`
  note(`${who} ${event.what} ${which}`)
}

export function note(text: string): void {
  const line = document.createElement('li')
  const time = document.createElement('time')
  line.textContent = text
  time.textContent = new Date().toTimeString().slice(0, 8)
  line.append(time)
  const list = element('activity')
  list.prepend(line)
  while (list.children.length > LINES) list.lastElementChild?.remove()
}
