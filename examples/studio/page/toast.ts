// One line at the foot of the window: what is wrong, or what became of what was asked.
import { byId, write } from './dom.js'

/** Milliseconds until it is gone again. */
const STAYS_MS = 5000

let leaving: ReturnType<typeof setTimeout> | undefined

/** `stays`: until the next one, or `hush`. */
export function toast(text: string, { stays = false } = {}): void {
  clearTimeout(leaving)
  write('toast', text)
  byId('toast').hidden = false
  if (!stays) leaving = setTimeout(hush, STAYS_MS)
}

export function hush(): void {
  clearTimeout(leaving)
  byId('toast').hidden = true
}
