// The soak: all parts at once, disturbed for minutes, compared with what they held after the warm-up.
import { setMaxListeners } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Flood, floods } from './flood.js'
import { textOf } from './ledger.js'
import { type Comparison, compared, type Held, type Reading } from './measure.js'
import { parts } from './parts/index.js'
import { held } from './probe.js'
import { childrenOf, memoryMiB, openDescriptors, processesWith } from './proc.js'
import { Stand } from './stand.js'

export interface SoakOptions {
  readonly names: readonly string[]
  readonly minutes: number
  readonly seed: number
  /** Ends it early; it cleans up and resolves. */
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
}

export interface SoakResult {
  readonly minutes: number
  readonly seed: number
  readonly stands: readonly Stand[]
  /** The soak's own process, which has clients of all parts. */
  readonly own: Comparison | undefined
  readonly ownReadings: readonly Reading[]
  readonly floods: readonly Flood[]
  readonly problems: readonly string[]
  readonly interrupted: boolean
}

/** Of the run, and at most a minute: by then the compiler has seen every path. */
const WARM_UP_PART = 0.25
const WARM_UP_MS = 60_000
/** Milliseconds between two readings. */
const READ_MS = 1000
/** Milliseconds of calm between two disturbances, at least: of each part, when it runs alone and with all others. */
const CALM_MS = { alone: 500, together: 1500 }

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { names, minutes, seed, signal, progress } = options
  // 0700 by mkdtemp: nobody else can connect.
  const place = mkdtempSync(join(tmpdir(), 'tieline-soak-'))
  const probes = join(place, 'probes')
  mkdirSync(probes)
  process.env['SOAK_PROBE'] = probes
  const calmMs = names.length > 1 ? CALM_MS.together : CALM_MS.alone
  // Every part listens for the interruption in several places.
  setMaxListeners(0, signal)
  const stands: Stand[] = []
  const problems: string[] = []
  const clean = () => {
    for (const stand of stands) stand.abandon()
    rmSync(place, { recursive: true, force: true })
  }
  process.once('exit', clean)
  const ownReadings: Reading[] = []
  let own: Comparison | undefined
  let flooded: readonly Flood[] = []
  try {
    if (names.includes('native')) flooded = await floods(place, progress, signal)
    for (const part of names)
      for (const half of ['first', 'second'] as const) {
        const make = parts[part]
        if (make === undefined) continue
        const progressOf = { place, probes, seed, calmMs, progress }
        stands.push(new Stand({ part, half, make, ...progressOf }))
      }
    const each = (run: (stand: Stand) => Promise<void>) => Promise.all(stands.map(run))
    progress('starting all parts')
    await each((stand) => stand.start())
    const zero = performance.now()
    const sampler = setInterval(() => {
      const at = (performance.now() - zero) / 1000
      for (const stand of stands) stand.sample(at)
      ownReadings.push({ at, ...ownNow() })
    }, READ_MS)
    const ms = minutes * 60_000
    const warm = zero + Math.min(ms * WARM_UP_PART, WARM_UP_MS)
    await each((stand) => stand.until(warm, zero, signal))
    await each((stand) => stand.remember())
    const early = await ownHeld()
    if (!signal.aborted) progress('warm; what is held now is what it is compared with')
    await each((stand) => stand.until(zero + ms, zero, signal))
    if (!signal.aborted) {
      await each((stand) => stand.compare())
      own = await compared('the soak itself', early, ownHeld)
      problems.push(...own.problems)
    }
    clearInterval(sampler)
    progress('stopping all parts')
    await each((stand) => stand.stop())
    for (const { name, ledger } of stands)
      problems.push(...ledger.faults.map((text) => `${name}: ${text}`))
    await sleep(READ_MS)
    const left = processesWith(place)
    if (left.length > 0) problems.push(`processes left over: ${left.join(', ')}`)
    const children = childrenOf(process.pid)
    if (children.length > 0) problems.push(`child processes left over: ${children.join(', ')}`)
  } catch (error) {
    if (!signal.aborted) problems.push(textOf(error))
  } finally {
    clean()
    process.off('exit', clean)
  }
  const interrupted = signal.aborted
  return { minutes, seed, stands, own, ownReadings, floods: flooded, problems, interrupted }
}

function ownNow() {
  return { memory: memoryMiB(process.pid), descriptors: openDescriptors(process.pid) }
}

async function ownHeld(): Promise<Held> {
  const told = await held()
  const { memory, descriptors } = ownNow()
  return { ...told, memoryMiB: memory, descriptors, children: childrenOf(process.pid).length }
}
