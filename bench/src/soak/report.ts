// The soak's result for a terminal, and for a program.
import type { Paint } from '../report.js'
import { quantile } from '../statistics.js'
import { MOST_HEAP, MOST_RESIDENT } from './measure.js'
import type { How } from './part.js'
import type { SoakResult } from './run.js'
import type { Disturbance, Stand } from './stand.js'

/** What another client's p99 may grow by while one floods the server. */
export const MOST_FLOOD_RATIO = 2

export interface Restarts {
  readonly who: string
  readonly how: How
  readonly count: number
  readonly medianMs: number
  readonly slowestMs: number
}

export function restarts({ disturbances }: Stand): readonly Restarts[] {
  const groups = new Map<string, Disturbance[]>()
  for (const one of disturbances) {
    const key = `${one.who} ${one.how}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].map((group) => {
    const { who, how } = group[0] as Disturbance
    const times = group.map(({ backMs }) => backMs).sort((a, b) => a - b)
    const [medianMs, slowestMs] = [quantile(times, 0.5), quantile(times, 1)]
    return { who, how, count: group.length, medianMs, slowestMs }
  })
}

/** Ends and starts of processes in all; pauses are not among them. */
export function restartCount(stands: readonly Stand[]): number {
  return stands.flatMap((one) => one.disturbances).filter(({ how }) => how !== 'pause').length
}

export function text(result: SoakResult, paint: Paint): string {
  const { minutes, seed, stands, floods, problems, interrupted } = result
  const length = interrupted ? 'stopped early' : `${minutes} minutes`
  const lines = [paint('bold', `Soak, ${length}, seed ${seed}`), '']
  lines.push(row(['part', 'disturbed', 'times', 'whole again after', 'slowest']))
  for (const stand of stands) {
    for (const { who, how, count, medianMs, slowestMs } of restarts(stand))
      lines.push(row([stand.name, `${who} ${how}`, `${count}`, ms(medianMs), ms(slowestMs)]))
  }
  lines.push('', row(['part', 'traffic', 'answered', 'lost while disturbed', 'p50, p99']))
  for (const { name, ledger } of stands) {
    const [p50, p99] = latency(ledger.points)
    const times = `${p50.toFixed(1)}, ${p99.toFixed(1)} ms`
    lines.push(row([name, '', `${ledger.answered}`, `${ledger.lost}`, times]))
  }
  if (!interrupted) {
    const bounds = `at most ${MOST_HEAP} and ${MOST_RESIDENT} MiB more`
    lines.push(
      '',
      row(['never ended', 'live MiB', 'resident', 'descriptors', `timers  (${bounds})`]),
    )
    for (const { name, early, late, problems: own } of all(result)) {
      const cells = [
        `${early.heapMiB.toFixed(1)} → ${late.heapMiB.toFixed(1)}`,
        `${early.memoryMiB.toFixed(0)} → ${late.memoryMiB.toFixed(0)}`,
        `${early.descriptors} → ${late.descriptors}`,
        `${early.resources['Timeout'] ?? 0} → ${late.resources['Timeout'] ?? 0}`,
      ]
      lines.push(
        `${row([name, ...cells])}  ${own.length === 0 ? paint('green', 'back') : paint('red', 'not back')}`,
      )
    }
  }
  for (const { kind, idleP99, floodP99, ratio, sent, refused } of floods) {
    const verdict = ratio < MOST_FLOOD_RATIO ? paint('green', 'met') : paint('red', 'missed')
    lines.push(
      ...(kind === floods[0]?.kind
        ? ['', "another client's p99 during a flood (less than 2 times)"]
        : []),
      `  ${kind}: ${ratio.toFixed(2)} times (${idleP99.toFixed(2)} → ${floodP99.toFixed(2)} ms), ${sent} sent, ${refused} refused  ${verdict}`,
    )
  }
  lines.push('', `${restartCount(stands)} restarts in all`)
  if (problems.length > 0) lines.push(...problems.map((one) => paint('red', one)))
  else if (!interrupted)
    lines.push('every part came back; nothing was answered wrongly, ran twice or is left over')
  return `${lines.join('\n')}\n`
}

export function all({ stands, own }: SoakResult) {
  const named = stands.flatMap((stand) =>
    stand.comparisons.map((one) => ({ ...one, name: `${stand.name} ${one.name}` })),
  )
  return own ? [...named, own] : named
}

export function json(result: SoakResult): string {
  const { minutes, seed, stands, floods, problems, interrupted } = result
  const parts = stands.map((stand) => ({
    part: stand.name,
    answered: stand.ledger.answered,
    lost: stand.ledger.lost,
    restarts: restarts(stand),
    disturbances: stand.disturbances,
    latencies: stand.ledger.points,
    readings: Object.fromEntries(stand.readings),
  }))
  const told = { minutes, seed, interrupted, problems, restarts: restartCount(stands) }
  return `${JSON.stringify({ ...told, floods, comparisons: all(result), parts })}\n`
}

export function latency(points: readonly { p50: number; p99: number }[]): [number, number] {
  const sorted = (of: 'p50' | 'p99') => points.map((one) => one[of]).sort((a, b) => a - b)
  return [quantile(sorted('p50'), 0.5), quantile(sorted('p99'), 0.5)]
}

const widths = [26, 24, 18, 22, 12]
const row = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd()
const ms = (time: number): string => `${time.toFixed(0)} ms`
