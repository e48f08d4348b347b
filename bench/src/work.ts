// The work that every subject is given, in slices short enough to be interleaved with the others.
import { isDeepStrictEqual } from 'node:util'
import { quantile } from './statistics.js'
import type { Client, Subject, Work } from './subject.js'

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

/** What one slice measured. `figures` holds the work's main figure and any others beside it. */
export interface Slice {
  readonly calls: number
  readonly figures: Readonly<Record<string, number>>
}

export interface Task {
  readonly name: string
  readonly title: string
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

const mebibyte = 1 << 20
/** A call slower than this is kept out of the percentiles' table of samples: there is room for no more. */
const samplesKept = 1 << 18

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
function inFlight(count: number): Task['slice'] {
  return async (client, length) => {
    let calls = 0
    let running = true
    const started = performance.now()
    // Only the first lane looks at the clock: a look for each call would cost every subject the
    // same time and so flatter the slow ones.
    const timed = async () => {
      while (running) {
        await client.call(value)
        calls++
        running = performance.now() - started < length.ms
      }
    }
    const lane = async () => {
      while (running) {
        await client.call(value)
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

export const tasks = {
  one: {
    name: 'one',
    title: 'a call of nine fields, 100 bytes, one in flight',
    figure: 'p50',
    unit: 'µs',
    better: 'lower',
    beside: { figure: 'p99', unit: 'µs' },
    slice: one,
  },
  hundred: {
    name: 'hundred',
    title: 'the same call, 100 in flight',
    figure: 'rate',
    unit: 'calls/s',
    better: 'higher',
    slice: inFlight(100),
  },
  mebibyte: {
    name: 'mebibyte',
    title: 'echo of 1 MiB of bytes, one in flight',
    figure: 'rate',
    unit: 'MB/s',
    better: 'higher',
    slice: binary(mebibyte),
  },
} satisfies Record<string, Task>

/** Proves once, before anything is measured, that the subject really answers with what it was sent. */
export async function prove(subject: Subject, client: Client): Promise<void> {
  const bytes = new Uint8Array(mebibyte).map((_, index) => index)
  const answer = await client.call(value)
  const large = await client.binary(bytes)
  if (subject.raw) return
  if (!isDeepStrictEqual(answer, value)) throw new Error(`${subject.name} answered another value`)
  if (!(large instanceof Uint8Array) || Buffer.compare(large, bytes) !== 0)
    throw new Error(`${subject.name} answered other bytes`)
}
