// What was found of the channel host, as tables and bars.
import { type BarResult, judged, type Outcome, type Row, type Table } from '../../outcome.js'
import { type Spread, spread } from '../../statistics.js'
import type { Role, Slice } from './start.js'
import { type SubjectName, subjects, type TaskName, works } from './subjects.js'

const FLOOR: SubjectName = 'two-hops'
/** Of what the two hops by hand do. */
const BAR = 0.6

export class Found {
  readonly #slices = new Map<string, Slice[]>()
  /** KiB for each channel in each process of a subject. */
  readonly memory = new Map<SubjectName, readonly number[]>()

  add(subject: SubjectName, task: string, slice: Slice): void {
    const key = `${subject}/${task}`
    this.#slices.set(key, [...(this.#slices.get(key) ?? []), slice])
  }

  of(subject: SubjectName, task: string): readonly Slice[] {
    return this.#slices.get(`${subject}/${task}`) ?? []
  }

  /** One subject's figure by another's, round by round: what the machine did then met both. */
  ratio(
    task: string,
    figure: 'p50' | 'rate' | 'between',
    subject: SubjectName,
    to: SubjectName,
  ): Spread | undefined {
    const theirs = this.of(to, task)
    const own = this.of(subject, task)
    if (own.length === 0 || theirs.length === 0) return undefined
    return spread(
      own.map((slice, round) => slice[figure] / (theirs[round]?.[figure] ?? Number.NaN)),
    )
  }
}

export function outcome(
  found: Found,
  chosen: readonly SubjectName[],
  rounds: number,
  failures: Outcome['failures'],
): Outcome {
  return {
    suite: 'channel-host',
    title: 'The channel host',
    notes: [
      `A process each for the client, the host and the agent; ${rounds} rounds in turn. The client is ws`,
      'and sends a message when one comes back; each is checked. "CPU server" is all that lies between',
      'client and client, together: host and agent, or relay and echo.',
    ],
    tables: [
      ...(Object.keys(works) as TaskName[]).map((task) => table(found, chosen, task)),
      memoryTable(found, chosen),
    ],
    bars: (Object.keys(works) as TaskName[]).flatMap((task) => barsOf(found, task)),
    legend: chosen.map((name) => ({ name, title: subjects[name].title })),
    failures,
  }
}

function table(found: Found, chosen: readonly SubjectName[], task: TaskName): Table {
  const { title, short, figure } = works[task]
  const rows = chosen.flatMap((subject): Row[] => {
    const slices = found.of(subject, task)
    if (slices.length === 0) return []
    const of = (name: keyof Slice) => spread(slices.map((slice) => slice[name]))
    const ratio = found.ratio(task, figure, subject, FLOOR)
    return [
      {
        subject,
        group: subjects[subject].group,
        figures: { rate: of('rate'), p50: of('p50'), p99: of('p99') },
        cpu: { client: of('cpu'), server: of('between') },
        ...(ratio && { ratio }),
      },
    ]
  })
  const unit = figure === 'p50' ? 'µs' : 'messages/s'
  const better = figure === 'p50' ? 'lower' : 'higher'
  const beside = { figure: 'p99', unit: 'µs' }
  return { task, title, short, figure, unit, better, beside, per: 'message', floor: FLOOR, rows }
}

function memoryTable(found: Found, chosen: readonly SubjectName[]): Table {
  const rows = chosen.flatMap((subject): Row[] => {
    const each = found.memory.get(subject)
    if (each === undefined) return []
    const { group } = subjects[subject]
    const roles: readonly Role[] = subjects[subject].roles
    const at = (process: number) => spread([each[process] ?? Number.NaN])
    const served = roles.findIndex((role) => role !== 'bare-socket' && role !== 'agent')
    const agent = roles.indexOf('agent')
    const floor = found.memory.get(FLOOR)?.[1]
    const ratio = floor && { ratio: spread([(each[served] as number) / floor]) }
    return [{ subject, group, figures: { host: at(served), agent: at(agent) }, ...ratio }]
  })
  return {
    task: 'memory',
    title: 'memory for each of 1,000 idle channels, in the process that clients connect to',
    short: 'memory',
    figure: 'host',
    unit: 'KiB',
    better: 'lower',
    beside: { figure: 'agent', unit: 'KiB' },
    floor: FLOOR,
    rows,
  }
}

function barsOf(found: Found, task: TaskName): BarResult[] {
  const { title, figure } = works[task]
  const bar = (what: string, value: Spread | undefined) =>
    judged(`${title}: ${what}, to two hops by hand`, 'at least', BAR, value)
  const quick = found.ratio(task, 'p50', FLOOR, 'channel-host')
  return [
    bar('messages/s', found.ratio(task, 'rate', 'channel-host', FLOOR)),
    ...(figure === 'p50' ? [bar('speed by p50', quick)] : []),
  ]
}
