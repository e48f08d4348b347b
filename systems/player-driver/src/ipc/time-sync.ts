// Time sync of generation 3: how far the driver's monotonic clock is from ours. Both sides read their
// two clocks; what passes between the two readings is in the difference of the wall clocks.
import { TielineError } from 'tieline'
import { NS_PER_MS, type Times } from './unix-times.js'

/** The driver's two clocks at one moment. */
export interface WireTimesync {
  readonly wall_ns: number
  readonly mono_ns: number
}

/** Two readings may differ by this. 5 ms, the protocol's: more, and a wall clock was set in between. */
const AGREEMENT_NS = 5 * NS_PER_MS
/** Pairs of readings until it is given up. The protocol's. */
const TRIES = 5

/**
 * Nanoseconds to add to our monotonic clock to have the driver's. Two readings must agree within 5 ms,
 * and five pairs may be tried. Rejects with `unavailable` when none agrees, with `malformed` for an
 * answer that is none, and with what `ask` rejects with.
 */
export async function timeOffset(ask: () => Promise<unknown>, times: Times): Promise<number> {
  for (let left = TRIES; left > 0; left--) {
    const first = await offsetNow(ask, times)
    const second = await offsetNow(ask, times)
    if (Math.abs(first - second) <= AGREEMENT_NS) return second
  }
  const message = `the driver's clocks and ours do not agree: ${TRIES} pairs of readings were more than 5 ms apart`
  throw new TielineError('unavailable', message, { origin: 'protocol' })
}

async function offsetNow(ask: () => Promise<unknown>, times: Times): Promise<number> {
  const { wall_ns, mono_ns } = ((await ask()) ?? {}) as Partial<Record<keyof WireTimesync, unknown>>
  if (!isTime(wall_ns) || !isTime(mono_ns)) {
    throw new TielineError('malformed', 'get_timesync told no wall_ns and mono_ns', {
      origin: 'protocol',
    })
  }
  return mono_ns - times.monoNs() + (times.wallNs() - wall_ns)
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
