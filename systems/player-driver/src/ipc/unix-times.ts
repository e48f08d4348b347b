// The two clocks that generation 3 of the wire names: the wall's and the machine's monotonic one, both
// in nanoseconds.

export interface Times {
  /** Unix time. Of a millisecond's resolution. */
  wallNs(): number
  /** Never goes back. Of the machine, so that two processes of one machine read the same. */
  monoNs(): number
}

export const NS_PER_MS = 1e6

export const systemTimes: Times = Object.freeze({
  wallNs: () => Date.now() * NS_PER_MS,
  monoNs: () => Number(process.hrtime.bigint()),
})

/** The Unix milliseconds of a moment that the monotonic clock tells. */
export function unixMsOf(monoNs: number, times: Times): number {
  return Math.round((times.wallNs() + (monoNs - times.monoNs())) / NS_PER_MS)
}

/** What the monotonic clock told at a moment of Unix time. */
export function monoNsOf(unixMs: number, times: Times): number {
  return Math.round(times.monoNs() + (unixMs * NS_PER_MS - times.wallNs()))
}
