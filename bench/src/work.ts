// The work that every subject is given, in slices short enough to be interleaved with the others.
import { quantile } from './statistics.js'
import type { Client, Work } from './subject.js'
import type { TaskName } from './task-name.js'

export const value: Work = {
  id: 1042,
  name: 'hall',
  state: 'playing',
  title: 'Blue in Green',
  at: 83250,
  length: 337000,
  rate: 1,
  muted: false,
  tags: ['jazz', 'live'],
}
/** The same nine fields with a long title: 1 KiB and 64 KiB as MessagePack. */
export const kibibyte: Work = { ...value, title: 'abcdefgh'.repeat(117).slice(0, 935) }
export const kibibytes64: Work = { ...value, title: 'abcdefgh'.repeat(8181).slice(0, 65_447) }

/** What one slice measured. `figures` holds the work's main figure and any others beside it. */
export interface Slice {
  readonly calls: number
  readonly figures: Readonly<Record<string, number>>
}

export interface Task {
  readonly title: string
  /** Two or three words, for the head of a column. */
  readonly short: string
  /** What the CPU time is counted for. */
  readonly per: string
  /** The figure that is compared. */
  readonly figure: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** Shown beside the main figure. */
  readonly beside?: { readonly figure: string; readonly unit: string }
  slice(client: Client, length: Length): Promise<Slice>
}

/** How long a slice lasts: at least both. */
export interface Length {
  readonly ms: number
  readonly calls: number
}

const mebi = 1 << 20
/** Past so many calls a slice ends early: there is room for no more samples. */
const samplesKept = 1 << 18
/** Notifications between two questions how many have come. 1,000: few enough for every queue. */
export const burst = 1000
/** Items of the longest stream. A slow subject reads as many as fit its slice. */
const mostItems = 100_000

/** One call after the other: what a caller waits. */
async function one(client: Client, length: Length): Promise<Slice> {
  const samples = new Float64Array(samplesKept)
  let calls = 0
  let last = performance.now()
  const until = last + length.ms
  while ((last < until || calls < length.calls) && calls < samplesKept) {
    await client.call(value)
    const now = performance.now()
    samples[calls++] = (now - last) * 1000
    last = now
  }
  const sorted = samples.subarray(0, calls).sort()
  return {
    calls,
    figures: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
  }
}

/** So many calls kept open: each answer starts the next call. */
function inFlight(count: number, work: Work): Task['slice'] {
  return async (client, length) => {
    let calls = 0
    let running = true
    const started = performance.now()
    // Only the first lane looks at the clock: a look for each call would cost every subject the
    // same time and so flatter the slow ones.
    const timed = async () => {
      while (running) {
        await client.call(work)
        calls++
        running = performance.now() - started < length.ms
      }
    }
    const lane = async () => {
      while (running) {
        await client.call(work)
        calls++
      }
    }
    await Promise.all([timed(), ...Array.from({ length: count - 1 }, lane)])
    return {
      calls,
      figures: { rate: (calls * 1000) / (performance.now() - started) },
    }
  }
}

/** A large buffer there and back, one at a time. Counts the bytes of one direction. */
function binary(size: number): Task['slice'] {
  const bytes = new Uint8Array(size).fill(7)
  return async (client, length) => {
    let calls = 0
    const started = performance.now()
    let elapsed = 0
    while (elapsed < length.ms) {
      await client.binary(bytes)
      calls++
      elapsed = performance.now() - started
    }
    return { calls, figures: { rate: (calls * size) / elapsed / 1000 } }
  }
}

/** Bursts without answers, each asked after, so that what is counted has arrived and been handled. */
async function notify(client: Client, length: Length): Promise<Slice> {
  const before = await counted(client)
  const started = performance.now()
  let calls = 0
  let elapsed = 0
  while (elapsed < length.ms) {
    for (let at = 0; at < burst; at++) client.notify?.(value)
    calls += burst
    // Most answer right at once; an unordered one is asked again.
    while ((await counted(client)) - before < calls) {}
    elapsed = performance.now() - started
  }
  return { calls, figures: { rate: (calls * 1000) / elapsed } }
}

function counted(client: Client): Promise<number> {
  if (client.notified === undefined) throw new Error('has no notifications')
  return client.notified()
}

/** One stream of as many items as fit the slice, by a short stream's measure. */
async function stream(client: Client, length: Length): Promise<Slice> {
  const tried = await streamed(client, 1000)
  const count = Math.min(mostItems, Math.max(1000, Math.round((1000 * length.ms) / tried)))
  const ms = await streamed(client, count)
  return { calls: count, figures: { rate: (count * 1000) / ms } }
}

/** Milliseconds. */
async function streamed(client: Client, count: number): Promise<number> {
  if (client.stream === undefined) throw new Error('has no streams')
  const started = performance.now()
  let read = 0
  await client.stream(count, () => {
    read++
  })
  if (read !== count) throw new Error(`asked for ${count} items and got ${read}`)
  return performance.now() - started
}

const rate = { figure: 'rate', better: 'higher' } as const
const calls = { ...rate, unit: 'calls/s', per: 'call' } as const
const bytes = { ...rate, unit: 'MB/s', per: 'call' } as const

export const tasks = {
  one: {
    title: 'a call of nine fields, 100 bytes, one in flight',
    short: 'one call',
    per: 'call',
    figure: 'p50',
    unit: 'µs',
    better: 'lower',
    beside: { figure: 'p99', unit: 'µs' },
    slice: one,
  },
  hundred: {
    ...calls,
    title: 'the same call, 100 in flight',
    short: '100 calls',
    slice: inFlight(100, value),
  },
  thousand: {
    ...calls,
    title: 'the same call, 1,000 in flight',
    short: '1,000 calls',
    slice: inFlight(1000, value),
  },
  kibibyte: {
    ...calls,
    title: 'a call of nine fields with a long text, 1 KiB, 100 in flight',
    short: '1 KiB',
    slice: inFlight(100, kibibyte),
  },
  kibibytes64: {
    ...calls,
    title: 'the same with a text of 64 KiB, 10 in flight',
    short: '64 KiB',
    slice: inFlight(10, kibibytes64),
  },
  mebibyte: {
    ...bytes,
    title: 'echo of 1 MiB of bytes, one in flight',
    short: '1 MiB',
    slice: binary(mebi),
  },
  mebibytes16: {
    ...bytes,
    title: 'echo of 16 MiB of bytes, one in flight',
    short: '16 MiB',
    slice: binary(16 * mebi),
  },
  notify: {
    ...rate,
    title: 'notifications of nine fields, one way, in bursts of 1,000',
    short: 'one way',
    per: 'notification',
    unit: '/s',
    slice: notify,
  },
  stream: {
    ...rate,
    title: 'a stream of 100,000 items of nine fields (fewer where they would take too long)',
    short: 'stream',
    per: 'item',
    unit: 'items/s',
    slice: stream,
  },
} satisfies Record<TaskName, Task>
