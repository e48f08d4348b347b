// Tells when one of a mailbox's files has changed. The system's watch says so at once where it works;
// a slow look at the files finds out where it does not, and then looks often, with backoff.
import { type Clock, systemClock, type Timer } from '../../clock.js'
import type { MailboxSystem, Watch } from './system.js'

/**
 * Milliseconds between looks where the watch works: for a watch that the system dropped, and for a
 * process at the other side that was killed, of which no file tells. Half a second, so that its calls
 * are rejected within one.
 */
const SAFETY_MS = 500
/** Milliseconds between looks where it does not: after something happened, and at most. */
const FIRST_LOOK_MS = 2
const LONGEST_LOOK_MS = 250
const GROWTH = 1.5
/** Changes that the watch did not tell of, until it is not trusted any more. */
const MISSES = 2

export interface Watched {
  readonly name: string
  readonly changed: () => void
}

export class MailboxWatch {
  readonly #system: MailboxSystem
  readonly #clock: Clock
  readonly #directory: string
  readonly #files: Map<string, Watched>
  readonly #versions = new Map<string, string>()
  readonly #told = new Set<string>()
  #watch: Watch | undefined
  #timer: Timer | undefined
  #trusted = false
  #misses = 0
  #wait = FIRST_LOOK_MS
  #held = false
  #closed = false
  readonly #look: () => void

  /** `looked` is called at every look, for what no file tells. */
  constructor(
    system: MailboxSystem,
    directory: string,
    files: readonly Watched[],
    options: { readonly clock?: Clock | undefined; readonly looked?: () => void } = {},
  ) {
    this.#system = system
    this.#clock = options.clock ?? systemClock
    this.#directory = directory
    this.#files = new Map(files.map((file) => [file.name, file]))
    this.#look = options.looked ?? (() => {})
  }

  /** Whether changes are found by looking alone. */
  get polling(): boolean {
    return !this.#trusted
  }

  start(): void {
    this.#watch = this.#system.watch(this.#directory, (name) => this.#changed(name))
    this.#trusted = this.#watch !== undefined && !this.#system.isRemote(this.#directory)
    for (const name of this.#files.keys()) this.#versions.set(name, this.#version(name))
    this.#arm()
  }

  /** Something was sent or came: what follows is looked for soon. */
  touch(): void {
    if (this.#trusted || this.#closed) return
    this.#wait = FIRST_LOOK_MS
    this.#arm()
  }

  hold(alive: boolean): void {
    if (alive === this.#held) return
    this.#held = alive
    this.#watch?.hold(alive)
    this.#timer?.hold(alive)
  }

  close(): void {
    this.#closed = true
    this.#watch?.close()
    this.#timer?.cancel()
  }

  #changed(name: string | undefined): void {
    if (this.#closed) return
    if (name === undefined) {
      for (const { changed } of this.#files.values()) changed()
      return
    }
    const file = this.#files.get(name)
    if (file === undefined) return
    this.#told.add(name)
    this.#misses = 0
    file.changed()
  }

  #arm(): void {
    this.#timer?.cancel()
    if (this.#closed) return
    const wait = this.#trusted ? SAFETY_MS : this.#wait
    this.#timer = this.#clock.after(wait, () => this.#poll())
    this.#timer.hold(this.#held)
  }

  #poll(): void {
    let active = false
    for (const { name, changed } of this.#files.values()) {
      const version = this.#version(name)
      if (version === this.#versions.get(name)) continue
      this.#versions.set(name, version)
      if (this.#trusted && !this.#told.has(name)) this.#misses += 1
      active = true
      changed()
    }
    this.#told.clear()
    if (this.#misses >= MISSES) this.#trusted = false
    this.#wait = active ? FIRST_LOOK_MS : Math.min(this.#wait * GROWTH, LONGEST_LOOK_MS)
    this.#look()
    this.#arm()
  }

  #version(name: string): string {
    try {
      return this.#system.stat(`${this.#directory}/${name}`)?.version ?? ''
    } catch {
      // Who reads the file is told the error; here it only counts as a state of its own.
      return 'unreadable'
    }
  }
}
