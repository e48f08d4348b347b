// Runs in the bridge's own process, beside HTTP: a layer that counts requests, a function that tells
// the figures, and a guard against names that were made to point here.
import type { BridgeLayer } from '@tieline/web-bridge'
import { implement } from 'tieline'
import { Newest } from '../newest.js'
import { placeOfThisProcess } from '../place.js'
import type { Second } from '../protocol/studio.js'
import { ANSWERED_BY } from './answered-by.js'
import { Figures } from './figures.js'

const SECOND_MS = 1000
const { port } = placeOfThisProcess()
const ownHosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])

let times: number[] = []
let by: Record<string, number> = {}
let failed = 0
const seconds = new Newest<Second>({ at: Date.now(), by: {}, failed: 0, p50: null, p95: null })

setInterval(() => {
  const sorted = times.sort((a, b) => a - b)
  seconds.set({ at: Date.now(), by, failed, p50: part(sorted, 0.5), p95: part(sorted, 0.95) })
  times = []
  by = {}
  failed = 0
}, SECOND_MS).unref()

function part(sorted: readonly number[], of: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? null
}

const counting: BridgeLayer = (next) => async (request, context) => {
  const from = performance.now()
  try {
    const response = await next(request, context)
    const who = response.headers[ANSWERED_BY]
    if (response.status >= 500) failed++
    else if (typeof who === 'string') by[who] = (by[who] ?? 0) + 1
    return response
  } catch (error) {
    failed++
    throw error
  } finally {
    times.push(performance.now() - from)
  }
}

const ownHostOnly: BridgeLayer = (next) => async (request, context) => {
  if (ownHosts.has(request.headers['host'] ?? '')) return next(request, context)
  return { status: 403, headers: {}, body: 'not a name of this server' }
}

export const layers = [ownHostOnly, counting]
export const rpc = implement(Figures, { seconds: (_, { signal }) => seconds.watch(signal) })
