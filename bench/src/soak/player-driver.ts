// The player driver while its parts are killed and started again: every part comes back, a track is
// shown again, and what stays does not grow. `npm run soak -- player-driver`.
//
// Two sets of driver, user's part, watcher and display, each on endpoints of its own. In one the user's
// part and the display are restarted, in the other the driver and the watcher: every part is killed in
// one set and is measured in the other, where its process lives from the first moment to the last.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IpcDriver, Status } from '@tieline/player-driver'
import type { Paint } from '../report.js'
import { Part, type PartName, processesWith, type Signal } from './part.js'
import { type Flatness, MOST_GROWTH, Readings } from './readings.js'

export interface PlayerDriverSoakOptions {
  readonly minutes: number
  /** The same seed kills the same parts in the same order. */
  readonly seed: number
  /** Ends it early; it cleans up and resolves. */
  readonly signal: AbortSignal
  readonly paint: Paint
  readonly print: (text: string) => void
  readonly progress: (text: string) => void
}

/** In the order in which they are started. */
const NAMES: readonly PartName[] = ['driver', 'user', 'watcher', 'display']
const RESTARTED: readonly (readonly PartName[])[] = [
  ['user', 'display'],
  ['driver', 'watcher'],
]
/** Milliseconds for a track to be shown again. 30 s: a backoff is 5 s at most, and two may add up. */
const BACK_MS = 30_000
/** Milliseconds between two looks. */
const LOOK_MS = 100
/** Milliseconds between a set that is whole and the next kill: from half a second to one and a half. */
const pause = (random: () => number) => 500 + 1000 * random()

interface Restarts {
  count: number
  slowestMs: number
}

/** False when something did not come back, grew or was left over. */
export async function playerDriverSoak(options: PlayerDriverSoakOptions): Promise<boolean> {
  // 0700 by mkdtemp: nobody else can connect.
  const place = mkdtempSync(join(tmpdir(), 'tieline-soak-'))
  // What is wrong in one set ends the other too: nobody waits minutes for news that are known.
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const sets = RESTARTED.map(
    (restarted, index) => new Ensemble(index + 1, place, restarted, { ...options, signal }),
  )
  const clean = () => {
    for (const set of sets) set.kill()
    rmSync(place, { recursive: true, force: true })
  }
  process.once('exit', clean)
  try {
    const ms = options.minutes * 60_000
    await Promise.all(
      sets.map(async (set) => {
        await set.run(ms)
        if (set.problems.length > 0) failed.abort()
      }),
    )
    const ending = await Promise.all(sets.map((set) => set.end()))
    if (options.signal.aborted) return false
    const problems = sets.flatMap((set) => set.problems).concat(ending.flat())
    const left = processesWith(place)
    if (left.length > 0) problems.push(`processes left over: ${left.join(', ')}`)
    return report(sets, signal.aborted ? undefined : ms, problems, options)
  } finally {
    clean()
    process.off('exit', clean)
  }
}

/** Driver, user's part, watcher and display that belong together. */
class Ensemble {
  readonly number: number
  readonly problems: string[] = []
  readonly restarts = new Map<string, Restarts>()
  readonly readings = new Map<PartName, Readings>()
  readonly #place: string
  readonly #endpoint: string
  readonly #parts: Readonly<Record<PartName, Part>>
  readonly #restarted: readonly PartName[]
  readonly #options: PlayerDriverSoakOptions

  constructor(
    number: number,
    place: string,
    restarted: readonly PartName[],
    options: PlayerDriverSoakOptions,
  ) {
    this.number = number
    this.#place = join(place, String(number))
    mkdirSync(this.#place, { mode: 0o700 })
    this.#endpoint = `unix:${join(this.#place, 'driver.sock')}`
    const user = `unix:${join(this.#place, 'user.sock')}`
    // The watcher is at the user's part, so that a track comes through all four.
    this.#parts = {
      driver: new Part('driver', ['driver', '--at', this.#endpoint]),
      user: new Part('user', ['user', 'demo', '--at', user, '--driver', this.#endpoint]),
      watcher: new Part('watcher', ['watch', 'demo', '--name', 'watched', '--at', user]),
      display: new Part('display', ['display', '--serial', 'soak', '--at', this.#endpoint]),
    }
    this.#restarted = restarted
    this.#options = options
    for (const name of NAMES) if (!restarted.includes(name)) this.readings.set(name, new Readings())
  }

  /** Until the time is over, the signal fires or something is wrong. Never rejects. */
  async run(ms: number): Promise<void> {
    const { seed, signal, progress } = this.#options
    const random = randomOf(seed + this.number)
    try {
      for (const name of NAMES) await this.#parts[name].start()
      await this.#whole(0)
      const files = readdirSync(this.#place).join(' ')
      const begun = performance.now()
      for (;;) {
        await sleep(pause(random), undefined, { signal })
        const at = performance.now() - begun
        for (const [name, readings] of this.readings) readings.take(this.#parts[name].pid, at)
        if (at >= ms) break
        const name = this.#restarted[Math.floor(random() * this.#restarted.length)] as PartName
        const how = random() < 0.5 ? 'SIGTERM' : 'SIGKILL'
        const took = await this.#restart(name, how)
        progress(`${minutes(at)} set ${this.number}: ${name} ${how}, back in ${took.toFixed(0)} ms`)
      }
      const now = readdirSync(this.#place).join(' ')
      if (now !== files) this.#problem(`files were ${files || 'none'} and are ${now || 'none'}`)
    } catch (error) {
      // What fails after an interruption fails because of it.
      if (!signal.aborted) this.#problem(error instanceof Error ? error.message : String(error))
    }
  }

  /** Ends all parts, and says what was wrong about that or is left. */
  async end(): Promise<string[]> {
    const wrong: string[] = []
    // The display first, so that each part ends while what it talks to is there.
    for (const name of [...NAMES].reverse()) {
      const part = this.#parts[name]
      // Known already: the set stopped because of it.
      if (part.gone && this.problems.length > 0) continue
      const how = await part.end('SIGTERM')
      if (how !== undefined) wrong.push(`set ${this.number}: at the end ${how}`)
    }
    const files = readdirSync(this.#place)
    if (files.length > 0) wrong.push(`set ${this.number}: files left over: ${files.join(', ')}`)
    return wrong
  }

  kill(): void {
    for (const name of NAMES) this.#parts[name].kill()
  }

  #problem(text: string): void {
    this.problems.push(`set ${this.number}: ${text}`)
    this.#options.progress(`set ${this.number} stops: ${text}`)
  }

  /** Resolves to the milliseconds from the new process's start until a track is shown. */
  async #restart(name: PartName, how: Signal): Promise<number> {
    const shownBefore = this.#parts.display.playing
    const wrong = await this.#parts[name].end(how)
    if (wrong !== undefined) throw new Error(wrong)
    const begun = performance.now()
    await this.#parts[name].start()
    // Both players are the user's part's, and the display may show the one that was not touched.
    await this.#whole(name === 'watcher' ? 0 : shownBefore + 1)
    const took = performance.now() - begun
    const restarts = this.restarts.get(`${name} ${how}`) ?? { count: 0, slowestMs: 0 }
    restarts.count++
    restarts.slowestMs = Math.max(restarts.slowestMs, took)
    this.restarts.set(`${name} ${how}`, restarts)
    return took
  }

  /** Resolves when everything is as it should be. Rejects with what is not, after the deadline. */
  async #whole(timesShown: number): Promise<void> {
    const { signal } = this.#options
    const until = performance.now() + BACK_MS
    for (;;) {
      signal.throwIfAborted()
      for (const name of NAMES) {
        const { gone } = this.#parts[name]
        if (gone) throw new Error(`by itself ${gone}`)
      }
      const missing = await this.#missing(timesShown)
      if (missing === undefined) return
      if (performance.now() > until)
        throw new Error(`not whole again after ${BACK_MS / 1000} s: ${missing}`)
      await sleep(LOOK_MS, undefined, { signal })
    }
  }

  /** What is not as it should be, first of all in the driver's own words. */
  async #missing(timesShown: number): Promise<string | undefined> {
    const { signal } = this.#options
    const { driver, user, display } = this.#parts
    let told: Awaited<ReturnType<IpcDriver['status']>>
    try {
      await using client = await IpcDriver.connect({ at: this.#endpoint, generation: 1, signal })
      told = await client.status()
    } catch (error) {
      return String(error)
    }
    if (told.pid !== driver.pid) return `the driver that answers has the pid ${told.pid}`
    const [device, ...more] = told.devices
    if (device === undefined || more.length > 0) return `${told.devices.length} devices, not 1`
    const names = told.players.map((player) => player.self_id).sort()
    if (names.join() !== 'demo,watched') return `the players are: ${names.join() || 'none'}`
    for (const { self_id, owner, state } of told.players) {
      if (state.status !== Status.Playing || state.texts.title === null)
        return `${self_id} plays no track`
      // Null where the kernel does not tell.
      if (owner.pid !== null && owner.pid !== user.pid) return `${self_id} is of pid ${owner.pid}`
    }
    if (device.shows === null) return 'the device shows no player'
    // The user's part, the display and this one.
    if (told.connections.length !== 3) return `${told.connections.length} connections, not 3`
    if (!display.line.startsWith('playing') || display.playing < timesShown)
      return `the display's last line is '${display.line}'`
    return undefined
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `ms` is undefined when the soak stopped early: then nothing says whether something is flat. */
function report(
  sets: readonly Ensemble[],
  ms: number | undefined,
  problems: string[],
  { paint, print, seed }: PlayerDriverSoakOptions,
): boolean {
  const length = ms === undefined ? 'stopped early' : `${minutes(ms)} minutes`
  const lines = ['', `${length}, seed ${seed}`]
  lines.push('', 'restarted              times   slowest until a track was shown')
  for (const set of sets) {
    for (const [what, { count, slowestMs }] of [...set.restarts].sort()) {
      lines.push(`  ${what.padEnd(18)} ${String(count).padStart(7)}   ${slowestMs.toFixed(0)} ms`)
    }
  }
  if (ms !== undefined) {
    lines.push('', `never restarted     descriptors     memory, MiB (at most ${MOST_GROWTH} more)`)
    for (const set of sets) {
      for (const [name, readings] of set.readings) {
        const flat = readings.judge(ms)
        problems.push(...flat.problems.map((text) => `the ${name} of set ${set.number}: ${text}`))
        lines.push(flatLine(name, flat, paint))
      }
    }
  }
  lines.push('')
  if (problems.length > 0) lines.push(...problems.map((text) => paint('red', text)))
  else lines.push('every part came back; no process, socket or file left over')
  print(`${lines.join('\n')}\n`)
  return problems.length === 0
}

function flatLine(name: string, { descriptors, memory, problems }: Flatness, paint: Paint): string {
  const open = `${descriptors[0]} → ${descriptors[1]}`.padEnd(15)
  const held = `${memory[0].toFixed(1)} → ${memory[1].toFixed(1)}`.padEnd(18)
  const verdict = problems.length === 0 ? paint('green', 'flat') : paint('red', 'not flat')
  return `  ${name.padEnd(17)} ${open} ${held} ${verdict}`
}
