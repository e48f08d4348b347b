// What another client's p99 becomes while one floods the server: as a ratio of idle, in turn.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { quantile } from '../statistics.js'
import { freePort } from '../subjects/sockets.js'
import { within } from './ledger.js'
import { SoakProcess, worker } from './process.js'

export type FloodKind = 'notifications' | 'calls' | 'subscriptions'

export interface Flood {
  readonly kind: FloodKind
  /** Milliseconds, medians of the rounds. */
  readonly idleP99: number
  readonly floodP99: number
  /** The median of the rounds' ratios. */
  readonly ratio: number
  /** How many notifications, calls or subscriptions one client sent in all rounds. */
  readonly sent: number
  /** How many of them were refused with `resource-exhausted`. */
  readonly refused: number
}

export interface FloodOrder {
  /** Undefined: measure nothing but calls, with this client alone. */
  readonly flood?: FloodKind
  readonly ms: number
}
export interface FloodTold {
  readonly p99?: number
  readonly sent?: number
  readonly refused?: number
  readonly error?: string
}

const ROUNDS = 5
/** Milliseconds of a slice: some hundred calls one after the other. */
const SLICE_MS = 1500
const KINDS: readonly FloodKind[] = ['notifications', 'calls', 'subscriptions']

class Client {
  readonly process: SoakProcess
  #told: (told: FloodTold) => void = () => {}

  constructor(name: string, args: readonly string[]) {
    const message = (told: unknown) => this.#told(told as FloodTold)
    this.process = new SoakProcess({ name, program: worker('flood-client'), args, message })
  }

  ask(order: FloodOrder): Promise<FloodTold> {
    const told = new Promise<FloodTold>((resolve, reject) => {
      this.#told = (figures) => {
        if (figures.error === undefined) resolve(figures)
        else reject(new Error(`the ${this.process.name}: ${figures.error}`))
      }
    })
    this.process.send(order)
    // A flood ends when all that it began is answered or refused.
    return within(`the ${this.process.name}`, order.ms + 60_000, told)
  }
}

export async function floods(
  place: string,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Flood[]> {
  const directory = join(place, 'flood')
  mkdirSync(join(directory, 'mail'), { recursive: true, mode: 0o700 })
  const args = [directory, String(await freePort()), 'soak-token']
  const server = new SoakProcess({ name: 'flooded server', program: worker('native-server'), args })
  const quiet = new Client('quiet client', args)
  const loud = new Client('flooding client', args)
  const all = [server, quiet.process, loud.process]
  try {
    for (const one of all) await one.start()
    const found: Flood[] = []
    await quiet.ask({ ms: SLICE_MS })
    for (const kind of KINDS) {
      const rounds: { idle: number; flood: number }[] = []
      let [sent, refused] = [0, 0]
      for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
        progress(`flood of ${kind}, round ${round + 1} of ${ROUNDS}`)
        const idle = await quiet.ask({ ms: SLICE_MS })
        const flooding = loud.ask({ flood: kind, ms: SLICE_MS })
        const flood = await quiet.ask({ ms: SLICE_MS })
        const told = await flooding
        sent += told.sent ?? 0
        refused += told.refused ?? 0
        rounds.push({ idle: idle.p99 ?? 0, flood: flood.p99 ?? 0 })
      }
      const median = (of: (round: (typeof rounds)[number]) => number) =>
        quantile(
          rounds.map(of).sort((a, b) => a - b),
          0.5,
        )
      const [idleP99, floodP99] = [median(({ idle }) => idle), median(({ flood }) => flood)]
      const ratio = median(({ idle, flood }) => flood / idle)
      found.push({ kind, idleP99, floodP99, ratio, sent, refused })
    }
    for (const one of [...all].reverse()) await one.end('SIGTERM')
    return found
  } finally {
    for (const one of all) one.abandon()
    rmSync(directory, { recursive: true, force: true })
  }
}
