// The table of handler processes, each with a button that ends it, and what happened to them.
import type { Note, ProcessRow, Tables } from '../../src/monitor.js'
import { byId, element } from '../dom.js'
import { clock, span, whole } from '../format.js'

export class Processes {
  readonly #body = element('tbody')
  readonly #rows = new Map<number, Row>()
  readonly #end: (pid: number) => void

  constructor(end: (pid: number) => void) {
    this.#end = end
    const names: readonly [string, string][] = [
      ['Process', ''],
      ['State', ''],
      ['In flight', 'number'],
      ['Up for', 'number optional'],
      ['', 'number'],
    ]
    const head = names.map(([name, kind]) => element('th', { class: kind, scope: 'col' }, name))
    const table = byId('processes')
    table.setAttribute('aria-labelledby', 'processes-title')
    table.replaceChildren(element('thead', {}, element('tr', {}, ...head)), this.#body)
  }

  /** Rows are kept and filled anew: a button that has the focus must not go from under it. */
  show({ processes, wanted, restarts, notes }: Tables, now: number, servedBy: number): void {
    for (const [pid, row] of this.#rows) {
      if (processes.some((each) => each.pid === pid)) continue
      row.root.remove()
      this.#rows.delete(pid)
    }
    for (const process of processes) {
      const row = this.#rows.get(process.pid) ?? new Row(process, this.#end)
      this.#rows.set(process.pid, row)
      row.show(process, now, process.pid === servedBy)
      if (!row.root.isConnected) this.#body.append(row.root)
    }
    for (const empty of this.#body.querySelectorAll('.coming')) empty.remove()
    for (let missing = processes.length; missing < wanted; missing++) this.#body.append(coming())
    const times = restarts === 1 ? 'once' : `${restarts} times`
    byId('restarts').textContent = restarts === 0 ? '' : `started again ${times}`
    showNotes(notes)
  }
}

class Row {
  readonly root: HTMLTableRowElement
  readonly #state = element('span', { class: 'state' })
  readonly #inFlight = element('td', { class: 'number' })
  readonly #age = element('td', { class: 'number optional' })
  readonly #tag = element('span', { class: 'tag' }, 'feeds this page')

  constructor({ id, pid }: ProcessRow, end: (pid: number) => void) {
    const button = element('button', { type: 'button', class: 'end' }, 'End')
    button.setAttribute('aria-label', `End process ${pid}`)
    button.addEventListener('click', () => {
      button.disabled = true
      end(pid)
    })
    this.root = element(
      'tr',
      { 'data-pid': String(pid) },
      element('td', {}, `${id} · ${pid}`, this.#tag),
      element('td', {}, this.#state),
      this.#inFlight,
      this.#age,
      element('td', { class: 'number' }, button),
    )
  }

  show({ state, inFlight, since }: ProcessRow, now: number, servesPage: boolean): void {
    this.#state.textContent = state
    this.#state.dataset['state'] = state
    this.#inFlight.textContent = whole(inFlight)
    this.#age.textContent = span(now - since)
    this.#tag.hidden = !servesPage
  }
}

function coming(): HTMLElement {
  const state = element('span', { class: 'state', 'data-state': 'starting' }, 'starting again')
  return element(
    'tr',
    { class: 'coming' },
    element('td', {}, '–'),
    element('td', { colspan: '4' }, state),
  )
}

function showNotes(notes: readonly Note[]): void {
  const rows = notes.map(({ at, text, kind }) => {
    const time = element('time', { datetime: new Date(at).toISOString() }, clock(at))
    return element('li', {}, time, element('span', { 'data-kind': kind }, text))
  })
  byId('notes').replaceChildren(...rows)
}
