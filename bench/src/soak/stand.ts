// One part while the soak runs: disturbed at random times, checked after each, compared at the end.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ledger, textOf, within } from './ledger.js'
import { type Comparison, compared, type Held, type Reading, settled } from './measure.js'
import type { Half, How, MakePart, SoakPart } from './part.js'
import { memoryMiB, openDescriptors } from './proc.js'
import { oneOf, randomOf, seedFor } from './random.js'

export interface Disturbance {
  /** Seconds since the soak began. */
  readonly at: number
  readonly who: string
  readonly how: How
  /** Milliseconds from the new process's start until everything was as it should be; a pause's with the pause. */
  readonly backMs: number
}

export interface StandOptions {
  readonly part: string
  readonly half: Half
  readonly make: MakePart
  readonly place: string
  readonly probes: string
  readonly seed: number
  /** Milliseconds between a part that is whole and the next disturbance, at least; at most three times. */
  readonly calmMs: number
  readonly progress: (text: string) => void
}

const HOWS: readonly How[] = ['SIGKILL', 'SIGTERM', 'pause']
/** Milliseconds for a disturbance: two ends with their grace, and a start. */
const DISTURB_MS = 120_000

export class Stand {
  readonly name: string
  readonly ledger = new Ledger()
  readonly disturbances: Disturbance[] = []
  readonly readings = new Map<string, Reading[]>()
  readonly steady = new Set<string>()
  comparisons: readonly Comparison[] = []
  readonly #options: StandOptions
  readonly #part: SoakPart
  readonly #random: () => number
  readonly #place: string
  #early = new Map<string, Held>()
  #files = ''

  constructor(options: StandOptions) {
    this.#options = options
    this.name = `${options.part} ${options.half === 'first' ? 1 : 2}`
    this.#random = randomOf(seedFor(options.seed, this.name))
    this.#place = join(options.place, this.name.replace(' ', '-'))
    mkdirSync(this.#place, { mode: 0o700 })
    const { ledger } = this
    const random = this.#random
    this.#part = options.make({ place: this.#place, ledger, random, half: options.half })
  }

  async start(): Promise<void> {
    await this.#part.start()
    await this.#part.work(true)
    await this.#whole()
  }

  /** Disturbs it until the time; never rejects. Then nothing is in flight. */
  async until(end: number, zero: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#part.work(true)
      for (;;) {
        const calm = this.#options.calmMs * (1 + 2 * this.#random())
        await sleep(Math.min(calm, Math.max(0, end - performance.now())), undefined, { signal })
        if (performance.now() >= end || this.ledger.faults.length > 0) break
        await this.#disturb(zero)
      }
      for (const text of this.ledger.faults) this.#options.progress(`${this.name} stops: ${text}`)
      await this.#part.work(false)
      await this.#part.check()
    } catch (error) {
      // What fails after an interruption fails because of it.
      if (!signal.aborted) this.ledger.fault(textOf(error))
      // What is compared later must be at rest all the same.
      await this.#guarded(() => this.#part.work(false))
    }
  }

  /** What is held now, to be compared with at the end. */
  async remember(): Promise<void> {
    await this.#guarded(async () => {
      for (const { name, pid, steady } of this.#part.measure())
        if (steady) this.#early.set(name, await settled(pid, this.#options.probes))
      this.#files = this.#listed()
    })
  }

  async compare(): Promise<void> {
    await this.#guarded(async () => {
      const all: Comparison[] = []
      for (const { name, pid, steady } of this.#part.measure()) {
        const early = this.#early.get(name)
        if (!steady || early === undefined) continue
        const look = () => settled(pid, this.#options.probes)
        all.push(await compared(name, early, look))
      }
      this.comparisons = all
      for (const { problems } of all) for (const text of problems) this.ledger.fault(text)
      const now = this.#listed()
      if (now !== this.#files)
        this.ledger.fault(`files were ${this.#files || 'none'} and are ${now || 'none'}`)
    })
  }

  async stop(): Promise<void> {
    await this.#guarded(async () => {
      await within(`the stop of ${this.name}`, DISTURB_MS, this.#part.stop())
      const left = this.#listed()
      if (left !== '') this.ledger.fault(`files left over: ${left}`)
    })
    this.#part.abandon()
    rmSync(this.#place, { recursive: true, force: true })
  }

  abandon(): void {
    this.#part.abandon()
  }

  /** One reading of every process that runs. */
  sample(at: number): void {
    this.ledger.point(at)
    for (const { name, pid, steady } of this.#part.measure()) {
      if (steady) this.steady.add(name)
      try {
        const reading = { at, memory: memoryMiB(pid), descriptors: openDescriptors(pid) }
        if (Number.isNaN(reading.memory)) continue
        this.readings.set(name, [...(this.readings.get(name) ?? []), reading])
      } catch {
        // It ended between the two reads, as does one without memory above.
      }
    }
  }

  async #disturb(zero: number): Promise<void> {
    const how = oneOf(this.#random, HOWS)
    this.ledger.disturbed = true
    const began = performance.now()
    const who = await within(`${this.name}: ${how}`, DISTURB_MS, this.#part.kill(how))
    const started = how === 'pause' ? began : performance.now()
    await this.#whole()
    const backMs = performance.now() - started
    const at = (began - zero) / 1000
    this.disturbances.push({ at, who, how, backMs })
    this.#options.progress(
      `${clock(at)} ${this.name}: ${who} ${how}, whole after ${backMs.toFixed(0)} ms`,
    )
  }

  async #whole(): Promise<void> {
    await this.#part.check()
    this.ledger.disturbed = false
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.ledger.fault(textOf(error))
    }
  }

  #listed(): string {
    if (!existsSync(this.#place)) return ''
    return readdirSync(this.#place).sort().join(' ')
  }
}

export function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
