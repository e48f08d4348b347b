// Traffic: lanes that each do one thing after the other until they are told to rest.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ledger, textOf, within } from './ledger.js'
import { Gone } from './process.js'

/** One round of a lane. It enters what it finds into the ledger itself; a throw is a fault. */
export type Lane = () => Promise<void>

/**
 * Milliseconds a lane waits between two rounds. 25: some hundred calls a second for all lanes, which
 * leaves a machine of four cores room for the processes that are started.
 */
const BETWEEN_MS = 25
/** Milliseconds for a round to end. A minute: it may wait for several deadlines one after the other. */
const REST_MS = 60_000

export class Traffic {
  readonly #ledger: Ledger
  readonly #lanes: readonly Lane[]
  #stop: AbortController | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(ledger: Ledger, lanes: readonly Lane[]) {
    this.#ledger = ledger
    this.#lanes = lanes
  }

  async work(on: boolean): Promise<void> {
    if (on === (this.#stop !== undefined)) return
    if (!on) {
      this.#stop?.abort()
      this.#stop = undefined
      await within('the end of the traffic', REST_MS, this.#running)
      return
    }
    this.#stop = new AbortController()
    const { signal } = this.#stop
    this.#running = Promise.all(this.#lanes.map((lane) => this.#run(lane, signal)))
  }

  async #run(lane: Lane, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await lane()
      } catch (error) {
        this.#ledger.fault(textOf(error))
      }
      await sleep(BETWEEN_MS)
    }
  }
}

/** Milliseconds between two looks at whether all is as it should be. */
const LOOK_MS = 100

/** Waits until `missing` says nothing any more. Rejects with what it says when the time is over. */
export async function until(ms: number, missing: () => Promise<string | undefined>): Promise<void> {
  const end = performance.now() + ms
  for (;;) {
    const told = await within('a look', ms, missing().catch(unlessGone))
    if (told === undefined) return
    if (performance.now() > end) throw new Error(`not whole again after ${ms / 1000} s: ${told}`)
    await sleep(LOOK_MS)
  }
}

function unlessGone(error: unknown): string {
  if (error instanceof Gone) throw error
  return textOf(error)
}

/** Milliseconds for a part to be whole again. 30 s: a backoff is 5 s at most, and two may add up. */
export const BACK_MS = 30_000
