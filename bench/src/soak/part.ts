// What the soak knows of a system: it is started, used, disturbed, checked, measured and stopped. One
// file for each in parts/; the soak itself knows none of them by name but in parts/index.ts.
import type { Ledger } from './ledger.js'
import type { Measured } from './measure.js'

/** `pause`: SIGSTOP, and SIGCONT a while later. The others end a process, which is started again. */
export type How = 'SIGKILL' | 'SIGTERM' | 'pause'

export interface SoakContext {
  /** A directory of its own, 0700. What a part leaves there at the end is a fault. */
  readonly place: string
  /** What it checks and counts goes here. */
  readonly ledger: Ledger
  /** From 0 to below 1, from the seed. */
  readonly random: () => number
  /** Which processes are disturbed: `first` the one that the others need, `second` these others. */
  readonly half: Half
}

export type Half = 'first' | 'second'

export interface SoakPart {
  /** Resolves when all of its processes run. */
  start(): Promise<void>
  /** Begins traffic; or ends it, and resolves when nothing is in flight any more. */
  work(on: boolean): Promise<void>
  /** Resolves when everything is as it should be, which it waits for with a deadline. Rejects with what is not. */
  check(): Promise<void>
  /** Disturbs one process, by the context's random numbers. Resolves with its name when it is started again. */
  kill(how: How): Promise<string>
  /** Every process of it that runs. */
  measure(): readonly Measured[]
  /** Ends everything in good order. Rejects with what was wrong about that. */
  stop(): Promise<void>
  /** At once: for the end of the soak's own process. */
  abandon(): void
}

export type MakePart = (context: SoakContext) => SoakPart
