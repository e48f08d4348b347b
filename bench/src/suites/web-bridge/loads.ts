// The loads: calls with so many in flight in one loop for every way, and HTTP requests by autocannon.
import autocannon from 'autocannon'
import { quantile } from '../../statistics.js'

export type Caller = (name: string, params: unknown) => Promise<unknown>

export interface CallFigures {
  /** Microseconds. */
  readonly p50: number
  readonly rate: number
}

const PARAMS = { item: 'item 7' }

export async function calls(call: Caller, inFlight: number, ms: number): Promise<CallFigures> {
  const times: number[] = []
  const begun = performance.now()
  const end = begun + ms
  const worker = async (): Promise<void> => {
    for (let from = performance.now(); from < end; ) {
      await call('price', PARAMS)
      const now = performance.now()
      times.push(now - from)
      from = now
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const seconds = (performance.now() - begun) / 1000
  times.sort((a, b) => a - b)
  return { p50: quantile(times, 0.5) * 1000, rate: times.length / seconds }
}

export interface HttpFigures {
  readonly rate: number
  /** Milliseconds. */
  readonly p50: number
}

/** Throws when an answer is wrong: a quick error must not look like a quick server. */
export async function requests(
  url: string,
  { connections, seconds, body }: { connections: number; seconds: number; body?: string },
): Promise<HttpFigures> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(body !== undefined && { expectBody: body }),
  })
  const { requests: done, latency, errors, mismatches, non2xx, duration } = result
  if (errors + mismatches + non2xx > 0) {
    throw new Error(`${errors} errors, ${mismatches} wrong answers, ${non2xx} other statuses`)
  }
  return { rate: done.total / duration, p50: latency.p50 }
}
