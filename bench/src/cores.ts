// Which processor cores the two processes of a subject may use. On one core the switch between them
// is cheap and even, so that a difference of a few percent in our own code shows; on two, the wake-up
// of a sleeping core is most of a call's time, and it varies.
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** free: as the system likes; apart: a core for each; together: one core for both. */
export const coreChoices = ['free', 'apart', 'together'] as const
export type CoreChoice = (typeof coreChoices)[number]

export interface Cores {
  readonly choice: CoreChoice
  /** Lists as `taskset -c` takes them; undefined: any core. */
  readonly client?: string
  readonly server?: string
  /** For a subject that starts both sides itself. */
  readonly both?: string
}

/** Takes the idlest cores: others may be at work on this machine. */
export async function takeCores(choice: CoreChoice): Promise<Cores> {
  if (choice === 'free') return { choice }
  const before = idleTimes()
  // Long enough for the system's count of idle time, which goes in steps of 10 ms.
  await sleep(300)
  const [first = 0, second = first] = idleTimes()
    .map((idle, core) => ({ core, gained: idle - (before[core] ?? 0) }))
    .sort((a, b) => b.gained - a.gained)
    .map(({ core }) => core)
  if (choice === 'together')
    return { choice, client: `${first}`, server: `${first}`, both: `${first}` }
  return { choice, client: `${first}`, server: `${second}`, both: `${first},${second}` }
}

function idleTimes(): number[] {
  return cpus().map((core) => core.times.idle)
}
