// The processes: a row for each, kept while it is there so that what has the focus keeps it.
import type { Action, Note, Processes, ProcessRow, Seen } from '../../src/protocol/studio.js'
import { byId, drawn, made, write } from '../dom.js'
import { mebibytes, percent, span } from '../text.js'
import { showWire } from './wire.js'

export interface ProcessActions {
  act(name: string, action: Action): void
  /** Its log is wanted. */
  chosen(name: string): void
}

/** 24 × 24, as lines. */
const ICONS: Readonly<Record<Action, string>> = {
  start: 'M7 5.5v13l11-6.5z',
  stop: 'M6 6h12v12H6z',
  restart: 'M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4',
}
const VERBS: Readonly<Record<Action, string>> = { start: 'Start', stop: 'Stop', restart: 'Restart' }
const STATES: Readonly<Record<string, string>> = { backoff_exhausted: 'given up' }
/** Milliseconds for which a row shows that its process is a new one. */
const FRESH_MS = 2500

export class ProcessPanel {
  readonly #actions: ProcessActions
  readonly #rows = new Map<string, Row>()

  constructor(actions: ProcessActions) {
    this.#actions = actions
  }

  show(seen: Seen<Processes>): void {
    showWire(['processes', 'log', 'notes'], seen)
    const { value } = seen
    if (value === null) return
    const body = byId('processes')
    for (const process of value.rows) {
      let row = this.#rows.get(process.name)
      if (row === undefined) {
        row = new Row(process, this.#actions)
        this.#rows.set(process.name, row)
        body.append(row.element)
      }
      row.show(process)
    }
    showNotes(value.notes)
  }

  choose(name: string): void {
    for (const [each, row] of this.#rows) row.choose(each === name)
  }
}

class Row {
  readonly element: HTMLTableRowElement
  readonly #name: HTMLButtonElement
  readonly #cells: Readonly<Record<'state' | 'pid' | 'memory' | 'cpu' | 'restarts' | 'up', Element>>
  readonly #buttons = new Map<Action, HTMLButtonElement>()
  #pid: number | null | undefined

  constructor({ name, about, may }: ProcessRow, actions: ProcessActions) {
    this.#name = made('button', { type: 'button', class: 'process' }, name)
    this.#name.addEventListener('click', () => actions.chosen(name))
    if (name === 'supervisor') this.#name.disabled = true
    const cell = (label: string) => made('td', { class: 'number', 'data-label': label })
    this.#cells = {
      state: made('span', { class: 'state' }),
      pid: cell('PID'),
      memory: cell('Memory'),
      cpu: cell('CPU'),
      restarts: cell('Restarts'),
      up: cell('Up'),
    }
    this.#cells.up.classList.add('up')
    const { state, pid, memory, cpu, restarts, up } = this.#cells
    const buttons = made('td', { class: 'actions' })
    for (const action of ['restart', 'stop', 'start'] as const) {
      if (!may.includes(action)) continue
      const button = actionButton(name, action)
      button.addEventListener('click', () => actions.act(name, action))
      this.#buttons.set(action, button)
      buttons.append(button)
    }
    const title = made('th', { scope: 'row' }, this.#name, made('small', {}, about))
    const told = made('td', { class: 'told' }, state)
    this.element = made('tr', { 'data-name': name }, title, told)
    this.element.append(pid, memory, cpu, restarts, up, buttons)
  }

  show(row: ProcessRow): void {
    const { state, pid, memory, cpu, restarts, up } = this.#cells
    this.element.dataset['state'] = row.state
    this.element.dataset['pid'] = String(row.pid ?? '')
    write(state, STATES[row.state] ?? row.state)
    write(pid, row.pid === null ? '–' : String(row.pid))
    write(memory, mebibytes(row.memoryBytes))
    write(cpu, percent(row.cpuPercent))
    write(restarts, String(row.restarts))
    write(up, span(row.uptimeSeconds))
    // One that waits for its restart can be told to stop that.
    const stands = row.state === 'stopped' || row.state === 'backoff_exhausted'
    this.#visible('start', stands)
    this.#visible('stop', !stands)
    if (this.#pid !== undefined && row.pid !== null && row.pid !== this.#pid) {
      this.element.classList.add('fresh')
      setTimeout(() => this.element.classList.remove('fresh'), FRESH_MS)
    }
    this.#pid = row.pid
  }

  choose(chosen: boolean): void {
    this.element.classList.toggle('chosen', chosen)
    this.#name.setAttribute('aria-pressed', String(chosen))
  }

  /** One of the two is there; the focus goes with it. */
  #visible(action: Action, visible: boolean): void {
    const button = this.#buttons.get(action)
    if (button === undefined || button.hidden === !visible) return
    const had = document.activeElement === button
    button.hidden = !visible
    const other = this.#buttons.get(action === 'start' ? 'stop' : 'start')
    if (had && other) {
      other.hidden = false
      other.focus()
    }
  }
}

function actionButton(name: string, action: Action): HTMLButtonElement {
  const icon = drawn('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' })
  icon.append(drawn('path', { d: ICONS[action] }))
  const label = `${VERBS[action]} ${name}`
  const button = made('button', { type: 'button', class: `icon ${action}`, 'aria-label': label })
  button.title = label
  button.append(icon)
  return button
}

let newest = ''

function showNotes(notes: readonly Note[]): void {
  const key = notes.map(({ at, text }) => `${at} ${text}`).join('\n')
  if (key === newest) return
  newest = key
  byId('notes').replaceChildren(
    ...notes.map(({ at, text, tone }) => {
      const time = made('time', {}, new Date(at).toTimeString().slice(0, 8))
      return made('li', { 'data-tone': tone }, time, made('span', {}, text))
    }),
  )
}
