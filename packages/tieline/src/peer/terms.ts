// What the connections of one protocol have in common as a rule, kept once and not for each: how they
// are read and written, their bounds, their time and who watches them.
import type { Clock } from '../clock.js'
import type { Protocol } from '../dialect/dialect.js'
import type { Limits } from '../limits.js'
import type { Observer } from './observe.js'
import type { Read, Reader } from './reader.js'
import { type TickEnd, tickEndOf } from './tick-end.js'

export interface Terms extends Read {
  readonly clock: Clock
  readonly observer: Observer | undefined
  readonly tickEnd: TickEnd
  /** Those that read nothing at the moment. */
  readonly readers: Reader[]
}

const latest = new WeakMap<Protocol, Terms>()

/** The same object as for the connection before, when all is the same: `limits` too. */
export function sharedTerms(
  protocol: Protocol,
  limits: Limits,
  clock: Clock,
  observer?: Observer,
): Terms {
  const dialect = protocol.dialect(limits)
  const last = latest.get(protocol)
  const same =
    last?.dialect === dialect &&
    last.limits === limits &&
    last.clock === clock &&
    last.observer === observer
  if (last !== undefined && same) return last
  const tickEnd = tickEndOf(clock)
  const terms = { protocol, dialect, limits, clock, observer, tickEnd, readers: [] }
  latest.set(protocol, terms)
  return terms
}
