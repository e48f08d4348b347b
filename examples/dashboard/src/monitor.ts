// What the server's process tells its handlers: a snapshot, and then what each second brings.
import { call, contract, stream, type } from 'tieline'

/** One second. Times in milliseconds; undefined where nothing happened. */
export interface Point {
  /** Milliseconds since 1970, whole seconds. Unique. */
  readonly at: number
  readonly requests: number
  /** Of those, answered with 500 and above. */
  readonly errors: number
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
  readonly inFlight: number
  readonly ready: number
  readonly calls: number
  /** Each core's busy part, 0 to 1. */
  readonly cores: readonly number[]
  /** Bytes. */
  readonly memory: number
  /** Runnable processes, over one, five and fifteen minutes. */
  readonly load: readonly [number, number, number]
}

export interface ProcessRow {
  readonly id: string
  readonly pid: number
  readonly state: string
  readonly inFlight: number
  /** Milliseconds since 1970. */
  readonly since: number
}

/** A route or a function since the start. */
export interface WorkRow {
  readonly name: string
  readonly count: number
  readonly errors: number
  readonly p50: number | undefined
  readonly p95: number | undefined
  /** In the last ten seconds, for each second. */
  readonly rate: number
}

export interface Note {
  readonly at: number
  readonly text: string
  readonly kind: 'good' | 'bad'
}

export interface Tables {
  readonly wanted: number
  readonly restarts: number
  readonly processes: readonly ProcessRow[]
  readonly routes: readonly WorkRow[]
  readonly functions: readonly WorkRow[]
  readonly notes: readonly Note[]
  readonly visitors: boolean
}

export interface Sample extends Tables {
  readonly point: Point
}

export interface Snapshot {
  /** The last two minutes, oldest first. */
  readonly points: readonly Point[]
  readonly memoryTotal: number
  readonly host: string
  readonly node: string
  readonly started: number
}

export const Monitor = contract({
  name: 'monitor',
  version: '1.0',
  methods: {
    snapshot: call({ output: type<Snapshot>(), summary: 'The last two minutes' }),
    samples: stream({ output: type<Sample>(), summary: 'Each second as it ends' }),
    visitors: call({
      input: type<{ readonly on: boolean }>(),
      summary: 'Whether the sample visitors come',
    }),
    kill: call({
      input: type<{ readonly pid: number }>(),
      summary: 'End a handler process at once, to see that it comes back',
    }),
    lookUp: call({
      input: type<{ readonly item: string }>(),
      output: type<{ readonly item: string; readonly price: number }>(),
      summary: 'What the sample shop has to ask the server for',
    }),
  },
})
