// What a process had over time, and whether it is back where it was.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Probed } from './probe.js'
import { childrenOf, memoryMiB, openDescriptors, probe } from './proc.js'

export interface Measured {
  readonly name: string
  readonly pid: number
  /** It is never ended by the soak, so that what it holds at the end can be compared. */
  readonly steady: boolean
}

/** What a steady process holds while nothing is in flight. */
export interface Held extends Probed {
  readonly memoryMiB: number
  readonly descriptors: number
  readonly children: number
}

export interface Comparison {
  readonly name: string
  readonly early: Held
  readonly late: Held
  /** What is not back; empty when all is. */
  readonly problems: readonly string[]
}

export interface Reading {
  /** Seconds since the soak began. */
  readonly at: number
  readonly memory: number
  readonly descriptors: number
}

/**
 * MiB by which what is live after a collection may grow. 4: code compiled later than the warm-up and
 * the system's caches stay under 2; a leak of 40 KB a restart is past it after a hundred.
 */
export const MOST_HEAP = 4
/** MiB by which resident memory may grow. 24: the young generation alone moves by 16 with the load. */
export const MOST_RESIDENT = 24
/** Milliseconds for everything to be given back once nothing is in flight. 30 s: the longest deadline there is. */
const SETTLE_MS = 30_000
const LOOK_MS = 500

export async function heldBy(pid: number, directory: string): Promise<Held> {
  const told = await probe(pid, directory)
  return {
    ...told,
    memoryMiB: memoryMiB(pid),
    descriptors: openDescriptors(pid),
    children: childrenOf(pid).length,
  }
}

/** The least of two looks: what is just going away does not count as held. */
export async function settled(pid: number, directory: string): Promise<Held> {
  let before = await heldBy(pid, directory)
  for (let looks = 0; looks < 5; looks++) {
    await sleep(LOOK_MS)
    const now = await heldBy(pid, directory)
    if (now.descriptors >= before.descriptors && total(now) >= total(before)) return before
    before = now
  }
  return before
}

const total = ({ resources }: Held) => Object.values(resources).reduce((sum, one) => sum + one, 0)

/** Waits until it is back where it was; if it never is, with what is not. */
export async function compared(name: string, early: Held, look: () => Promise<Held>) {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const late = await look()
    const problems = grown(early, late)
    if (problems.length === 0 || performance.now() > until) {
      const told = problems.map((text) => `${name}: ${text}`)
      return { name, early, late, problems: told } satisfies Comparison
    }
    await sleep(LOOK_MS)
  }
}

function grown(early: Held, late: Held): string[] {
  const problems: string[] = []
  const heap = late.heapMiB - early.heapMiB
  if (heap > MOST_HEAP)
    problems.push(`live memory grew by ${heap.toFixed(1)} MiB, more than ${MOST_HEAP}`)
  const resident = late.memoryMiB - early.memoryMiB
  if (resident > MOST_RESIDENT)
    problems.push(`resident memory grew by ${resident.toFixed(1)} MiB, more than ${MOST_RESIDENT}`)
  if (late.descriptors > early.descriptors)
    problems.push(`descriptors grew from ${early.descriptors} to ${late.descriptors}`)
  if (late.children > early.children)
    problems.push(`child processes grew from ${early.children} to ${late.children}`)
  for (const [kind, count] of Object.entries(late.resources)) {
    const before = early.resources[kind] ?? 0
    if (count > before) problems.push(`${kind} grew from ${before} to ${count}`)
  }
  return problems
}
