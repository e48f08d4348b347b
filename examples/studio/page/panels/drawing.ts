// The plug-in's drawing: the pen goes over it in the order that was planned, and is done a little before
// the next plan is begun.
import type { Plan, Planning, Seen } from '../../src/protocol/studio.js'
import { byId, drawn, write } from '../dom.js'
import { eachPicture, wantsCalm } from '../motion.js'
import { count, milliseconds } from '../text.js'
import { showWire } from './wire.js'

/** The part of the time until the next plan in which the pen draws. */
const DRAWING = 0.82
/** Strokes in one path of what is drawn: a path for each would be a thousand elements. */
const TOGETHER = 40

export function showPlanning(seen: Seen<Planning>): void {
  showWire(['planning'], seen)
  const { value, state } = seen
  if (value === null) return
  const meter = byId('planning')
  const bar = meter.firstElementChild as HTMLElement
  bar.style.scale = `${value.done} 1`
  meter.setAttribute('aria-valuenow', String(Math.round(value.done * 100)))
  const busy = `Planning ${value.round}: ${Math.round(value.done * 100)} %`
  const text = value.done === 1 ? `Plan ${value.round} is made` : busy
  write('planning-text', state === 'up' ? text : 'The plug-in is away')
  const { host, version } = value
  write('planning-host', host === '' ? '' : `${host} · ${version}`)
}

interface Sheet {
  readonly plan: Plan
  readonly since: number
  /** How far the pen has come after each stroke, 0 to 1. */
  readonly after: readonly number[]
  /** Strokes that are drawn. */
  done: number
}

let sheet: Sheet | undefined

export function showPlan(plan: Plan): void {
  // After a reconnect the plan of before comes again: the pen goes on where it is.
  if (sheet?.plan.round === plan.round && sheet.plan.tookMs === plan.tookMs) return
  const { strokes, width, height } = plan
  const svg = byId<SVGSVGElement>('sheet')
  svg.setAttribute('viewBox', `0 0 ${width * 10} ${height * 10}`)
  svg.querySelector('.ghost')?.setAttribute('d', strokes.map(pathOf).join(''))
  svg.querySelector('.ink')?.replaceChildren()
  const lengths = strokes.map(lengthOf)
  const all = lengths.reduce((sum, each) => sum + each, 0)
  let sum = 0
  const after = lengths.map((each) => {
    sum += each
    return sum / all
  })
  sheet = { plan, since: Date.now(), after, done: 0 }
  write('strokes', count(strokes.length))
  write('drawn', count(Math.round(plan.drawn)))
  write('travelled', count(Math.round(plan.travelled)))
  write('took', milliseconds(plan.tookMs))
}

eachPicture((now) => {
  if (sheet === undefined) return
  const { plan, since, after, done } = sheet
  const part = wantsCalm() ? 1 : (now - since) / (plan.nextMs * DRAWING)
  let next = done
  while (next < after.length && (after[next] ?? 0) <= part) next++
  if (next === done) return
  ink(plan, done, next)
  sheet.done = next
  const pen = byId('sheet').querySelector<SVGElement>('.pen')
  const at = plan.strokes[next - 1]
  pen?.setAttribute('cx', String(at?.at(-2) ?? 0))
  pen?.setAttribute('cy', String(at?.at(-1) ?? 0))
  pen?.classList.toggle('up', next === after.length)
})

/** Draws these strokes, each into the path that it belongs to. */
function ink(plan: Plan, from: number, to: number): void {
  const group = byId('sheet').querySelector('.ink')
  for (let at = from; at < to; at++) {
    if (at % TOGETHER === 0) group?.append(drawn('path', { d: '' }))
    const path = group?.lastElementChild
    path?.setAttribute('d', `${path.getAttribute('d')}${pathOf(plan.strokes[at] ?? [])}`)
  }
}

function pathOf(points: readonly number[]): string {
  let path = ''
  for (let at = 0; at + 1 < points.length; at += 2) {
    path += `${at === 0 ? 'M' : 'L'}${points[at]} ${points[at + 1]}`
  }
  return path
}

function lengthOf(points: readonly number[]): number {
  let length = 0
  for (let at = 2; at + 1 < points.length; at += 2) {
    const [x = 0, y = 0] = [points[at], points[at + 1]]
    length += Math.hypot(x - (points[at - 2] ?? 0), y - (points[at - 1] ?? 0))
  }
  return length
}
