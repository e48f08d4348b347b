// The bridge's own traffic, second by second: layers around requests and functions count, and a clock
// makes points of it, which are kept for two minutes and told to whoever reads them.
import { hostname, totalmem } from 'node:os'
import type { BackendHealth, BridgeLayer } from '@tieline/web-bridge'
import { type Layer, whenOver } from 'tieline'
import { Machine } from './machine.js'
import type { Note, Point, ProcessRow, Sample, Snapshot, WorkRow } from './monitor.js'
import { part, Times } from './times.js'

/** Seconds that are kept. */
const KEPT = 120
/** What happened to processes: so many lines. */
const NOTES = 12
const SECOND_MS = 1000

export class Traffic {
  readonly #started = Date.now()
  readonly #machine = new Machine()
  readonly #routes = new Map<string, Times>()
  readonly #functions = new Map<string, Times>()
  readonly #points: Point[] = []
  readonly #notes: Note[] = []
  readonly #processes = new Map<string, ProcessRow>()
  readonly #readers = new Set<(sample: Sample) => void>()
  readonly #health: () => BackendHealth
  readonly #visitors: () => boolean
  readonly #timer: NodeJS.Timeout
  #times: number[] = []
  #errors = 0
  #calls = 0
  #last: Sample | undefined

  constructor(health: () => BackendHealth, visitors: () => boolean) {
    this.#health = health
    this.#visitors = visitors
    this.#timer = setInterval(() => this.#tick(), SECOND_MS)
  }

  readonly layer: BridgeLayer = (next) => async (request, context) => {
    const from = performance.now()
    let status = 500
    try {
      const response = await next(request, context)
      status = response.status
      return response
    } finally {
      const ms = performance.now() - from
      const failed = status >= 500 && !context.signal.aborted
      this.#times.push(ms)
      if (failed) this.#errors++
      timesOf(this.#routes, request.route.id).add(ms, failed)
    }
  }

  readonly rpcLayer: Layer = (next) => (call) => {
    if (call.kind === 'stream') return next(call)
    const from = performance.now()
    return whenOver(next, call, (failure) => {
      this.#calls++
      timesOf(this.#functions, call.method).add(performance.now() - from, failure !== undefined)
    })
  }

  snapshot(): Snapshot {
    return {
      points: this.#points,
      memoryTotal: totalmem(),
      host: hostname(),
      node: process.version,
      started: this.#started,
    }
  }

  /** Each second as it ends, the last one at once. A slow reader gets the newest and misses others. */
  async *samples(signal: AbortSignal): AsyncGenerator<Sample> {
    let waiting: Sample | undefined = this.#last
    let wake: () => void = () => {}
    const reader = (sample: Sample): void => {
      waiting = sample
      wake()
    }
    const ended = (): void => wake()
    this.#readers.add(reader)
    signal.addEventListener('abort', ended)
    try {
      while (!signal.aborted) {
        if (waiting !== undefined) {
          const next = waiting
          waiting = undefined
          yield next
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      this.#readers.delete(reader)
      signal.removeEventListener('abort', ended)
    }
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const health = this.#health()
    const at = Math.floor(Date.now() / SECOND_MS) * SECOND_MS
    this.#compare(health, at)
    const sorted = this.#times.sort((a, b) => a - b)
    const point: Point = {
      at: Math.max(at, (this.#points.at(-1)?.at ?? 0) + 1),
      requests: sorted.length,
      errors: this.#errors,
      p50: part(sorted, 0.5),
      p95: part(sorted, 0.95),
      p99: part(sorted, 0.99),
      inFlight: health.inFlight,
      ready: health.ready,
      calls: this.#calls,
      cores: this.#machine.cores(),
      memory: this.#machine.memory(),
      load: this.#machine.load(),
    }
    this.#times = []
    this.#errors = 0
    this.#calls = 0
    this.#points.push(point)
    if (this.#points.length > KEPT) this.#points.shift()
    this.#last = {
      point,
      wanted: health.wanted,
      restarts: health.restarts,
      processes: [...this.#processes.values()],
      routes: rows(this.#routes),
      functions: rows(this.#functions),
      notes: [...this.#notes],
      visitors: this.#visitors(),
    }
    for (const reader of this.#readers) reader(this.#last)
  }

  /** Who came and who went since the last second. */
  #compare({ processes }: BackendHealth, at: number): void {
    for (const [id, { pid }] of this.#processes) {
      if (processes.some((each) => each.id === id)) continue
      this.#processes.delete(id)
      this.#note({ at, text: `${id}, process ${pid}, is gone`, kind: 'bad' })
    }
    for (const { id, pid = 0, state, inFlight } of processes) {
      const since = this.#processes.get(id)?.since
      this.#processes.set(id, { id, pid, state, inFlight, since: since ?? at })
      if (since === undefined)
        this.#note({ at, text: `${id}, process ${pid}, is ready`, kind: 'good' })
    }
  }

  #note(note: Note): void {
    this.#notes.unshift(note)
    this.#notes.length = Math.min(this.#notes.length, NOTES)
  }
}

function timesOf(all: Map<string, Times>, name: string): Times {
  const known = all.get(name)
  if (known !== undefined) return known
  const made = new Times()
  all.set(name, made)
  return made
}

function rows(all: ReadonlyMap<string, Times>): WorkRow[] {
  const made = [...all].map(([name, times]) => {
    times.tick()
    return times.row(name)
  })
  return made.sort((a, b) => b.count - a.count)
}
