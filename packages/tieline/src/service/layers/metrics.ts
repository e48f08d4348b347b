// The layer that counts: calls, failures by code, how long they took, how many run now. Plain
// numbers, read when wanted, as an object or as Prometheus text.
import { type Clock, systemClock } from '../../clock.js'
import type { Layer } from '../layer.js'
import { codeOf, whenOver } from '../outcome.js'

/** What `metrics` takes. */
export interface MetricsOptions {
  /** Upper bounds of the histogram, in milliseconds, rising. 16 from 50 µs to 30 s unless told. */
  readonly bucketsMs?: readonly number[]
  readonly clock?: Clock
}

/** The numbers of one method. */
export interface MethodMetrics {
  /** Calls that are over, failed ones included. */
  readonly count: number
  /** Calls and streams that run now. */
  readonly inFlight: number
  /** Failed calls by the code that the caller saw. */
  readonly failures: Readonly<Record<string, number>>
  /** Milliseconds of all calls that are over, added up. A stream counts until its end. */
  readonly totalMs: number
  /** Calls for each bound and one more above the last; each call is in one place only. */
  readonly durations: readonly number[]
}

/** The numbers of all methods at one moment. */
export interface MetricsSnapshot {
  readonly bucketsMs: readonly number[]
  /** By method name. Calls of methods that nobody declares are together under `(unknown)`. */
  readonly methods: Readonly<Record<string, MethodMetrics>>
}

/** What `metrics` makes: a layer that counts and measures, and the numbers that it has. */
export interface Metrics {
  readonly layer: Layer
  /** The numbers as they are now; a copy. */
  snapshot(): MetricsSnapshot
  /** The same in Prometheus' text format, with durations in seconds. */
  prometheus(): string
}

/** 50 µs to 30 s: a local call takes some tens of microseconds, the usual deadline is 30 s. */
const BUCKETS_MS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 30_000]
const UNKNOWN = '(unknown)'

/**
 * Counts calls and measures how long they take, by method. Its `layer` goes where other layers go.
 *
 * @example
 * const counts = metrics()
 * implement(Greeter, handlers, { layers: [counts.layer] })
 * counts.snapshot().methods.hello.count
 */
export function metrics(options: MetricsOptions = {}): Metrics {
  const clock = options.clock ?? systemClock
  const bounds = [...(options.bucketsMs ?? BUCKETS_MS)]
  const counters = new Map<string, Counter>()
  const counter = (method: string): Counter => {
    let found = counters.get(method)
    if (found === undefined) {
      found = new Counter(bounds.length + 1)
      counters.set(method, found)
    }
    return found
  }
  const layer: Layer = (next) => (call) => {
    const running = counter(call.method)
    const started = clock.now()
    running.inFlight++
    return whenOver(next, call, (failure) => {
      running.inFlight--
      const code = failure === undefined ? undefined : codeOf(failure, call)
      const unknown = code === 'unknown-method' && running.count === 0
      // Names that callers invent must not fill the memory: they are counted under one name.
      if (unknown && running.inFlight === 0) counters.delete(call.method)
      const owner = unknown ? counter(UNKNOWN) : running
      owner.add(clock.now() - started, bounds, code)
    })
  }
  const snapshot = (): MetricsSnapshot => ({
    bucketsMs: bounds,
    methods: Object.fromEntries([...counters].map(([name, each]) => [name, each.read()])),
  })
  return { layer, snapshot, prometheus: () => prometheusText(snapshot()) }
}

class Counter {
  inFlight = 0
  count = 0
  readonly #failures = new Map<string, number>()
  readonly #durations: number[]
  #totalMs = 0

  constructor(buckets: number) {
    this.#durations = new Array<number>(buckets).fill(0)
  }

  add(ms: number, bounds: readonly number[], code: string | undefined): void {
    this.count++
    this.#totalMs += ms
    let bucket = 0
    while (bucket < bounds.length && ms > (bounds[bucket] as number)) bucket++
    this.#durations[bucket] = (this.#durations[bucket] as number) + 1
    if (code !== undefined) this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1)
  }

  read(): MethodMetrics {
    return {
      count: this.count,
      inFlight: this.inFlight,
      failures: Object.fromEntries(this.#failures),
      totalMs: this.#totalMs,
      durations: [...this.#durations],
    }
  }
}

function prometheusText(snapshot: MetricsSnapshot): string {
  const lines: string[] = []
  const methods = Object.entries(snapshot.methods).map(
    ([name, numbers]) => [`method="${escaped(name)}"`, numbers] as const,
  )
  lines.push('# TYPE tieline_calls_in_flight gauge')
  for (const [label, numbers] of methods) {
    lines.push(`tieline_calls_in_flight{${label}} ${numbers.inFlight}`)
  }
  lines.push('# TYPE tieline_call_failures_total counter')
  for (const [label, { failures }] of methods) {
    for (const [code, count] of Object.entries(failures)) {
      lines.push(`tieline_call_failures_total{${label},code="${escaped(code)}"} ${count}`)
    }
  }
  lines.push('# TYPE tieline_call_duration_seconds histogram')
  for (const [label, numbers] of methods) {
    let below = 0
    snapshot.bucketsMs.forEach((bound, index) => {
      below += numbers.durations[index] as number
      lines.push(`tieline_call_duration_seconds_bucket{${label},le="${bound / 1000}"} ${below}`)
    })
    lines.push(`tieline_call_duration_seconds_bucket{${label},le="+Inf"} ${numbers.count}`)
    lines.push(`tieline_call_duration_seconds_sum{${label}} ${numbers.totalMs / 1000}`)
    lines.push(`tieline_call_duration_seconds_count{${label}} ${numbers.count}`)
  }
  return `${lines.join('\n')}\n`
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
