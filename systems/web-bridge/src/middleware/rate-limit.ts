// The layer that lets so many requests through in a time: a token bucket for each client address or
// whatever key is told, in a table of bounded size.
import { type Clock, type Duration, milliseconds, systemClock, TielineError } from 'tieline'
import type { BridgeRequest } from '../server/backend.js'
import type { BridgeLayer } from '../server/middleware.js'
import { networkOf } from './address.js'
import { refusal } from './refusal.js'

export interface RateLimitOptions {
  /** So many requests in this time: `{ requests: 100, per: '1m' }`. */
  readonly requests: number
  readonly per: Duration
  /** So many at once, after a quiet time. As many as `requests` unless told. */
  readonly burst?: number
  /**
   * Whose requests are counted together; undefined: not counted. The client's address unless told, of
   * IPv6 its /64, which is what one household has. Behind a proxy all have the proxy's address: tell
   * what the proxy says, `(request) => request.headers['x-real-ip']`, or better, limit there.
   */
  readonly key?: (request: BridgeRequest) => string | undefined
  /** Keys that are remembered; past it the one that was quiet for longest is forgotten. 10,000 unless told. */
  readonly entries?: number
  readonly clock?: Clock
}

/** 10,000: about a megabyte. */
const ENTRIES = 10_000

interface Bucket {
  tokens: number
  at: number
}

/** Answers 429 with Retry-After past the rate. Throws `invalid-argument` for a rate that is none. */
export function rateLimit(options: RateLimitOptions): BridgeLayer {
  const { requests, per, burst = requests, key = addressOf } = options
  const { entries = ENTRIES, clock = systemClock } = options
  const rate = requests / milliseconds(per)
  if (!(rate > 0 && Number.isFinite(rate) && burst >= 1 && entries >= 1)) {
    throw new TielineError(
      'invalid-argument',
      'rateLimit needs requests above 0, a time above 0, and a burst and entries of at least 1',
    )
  }
  const buckets = new Map<string, Bucket>()

  /** Milliseconds to wait; 0: go on. */
  function take(name: string): number {
    const now = clock.now()
    const known = buckets.get(name)
    const tokens =
      known === undefined ? burst : Math.min(burst, known.tokens + (now - known.at) * rate)
    const bucket = known ?? { tokens, at: now }
    bucket.tokens = tokens >= 1 ? tokens - 1 : tokens
    bucket.at = now
    // Set anew, a key is the last of the table: the first is the one that was quiet for longest, whose
    // bucket is full or nearly so, and is the least to forget.
    buckets.delete(name)
    if (buckets.size >= entries) buckets.delete(buckets.keys().next().value as string)
    buckets.set(name, bucket)
    return tokens >= 1 ? 0 : (1 - tokens) / rate
  }

  return (next) => (request, context) => {
    const name = key(request)
    const waitMs = name === undefined ? 0 : take(name)
    if (waitMs === 0) return next(request, context)
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }
    const told = { status: 429, code: 'TOO_MANY_REQUESTS', message: 'too many requests' }
    return Promise.resolve(refusal(request, told, headers))
  }
}

function addressOf({ remoteAddress }: BridgeRequest): string {
  return networkOf(remoteAddress)
}
