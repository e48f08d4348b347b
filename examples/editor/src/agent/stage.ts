// The scene on its clock: a step 60 times a second, one encoded frame of it for all pages, and
// everybody told of what everybody did.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Details, Event } from '../protocol/editor.js'
import { encodeFrame } from '../protocol/frame.js'
import type { Kind } from '../scene/entity.js'
import { STEP } from '../scene/motion.js'
import { Scene, type SceneOptions } from '../scene/scene.js'
import { Views } from './views.js'

/** A page as the stage knows it. */
export interface Viewer {
  happened(event: Event): void
  audience(pages: number, width: number, height: number): void
}

const STEP_MS = STEP * 1000
/** Milliseconds behind from which on steps are left out: the machine slept, or was very busy. */
const LATE_MS = 250

export class Stage {
  readonly #scene: Scene
  readonly #views: Views<Viewer>
  readonly #viewers = new Set<Viewer>()
  readonly #waiting = new Set<() => void>()
  #frame: Uint8Array
  #changed = false

  constructor(options: SceneOptions, population: Readonly<Record<Kind, number>>) {
    this.#scene = new Scene(options)
    this.#views = new Views(options)
    for (const [kind, count] of Object.entries(population)) {
      for (let i = 0; i < count; i++) this.#scene.spawn(kind as Kind)
    }
    this.#frame = encodeFrame(this.#scene)
  }

  /** The newest frame. It never changes: a step makes a new one. */
  get frame(): Uint8Array {
    return this.#frame
  }

  /** Steps until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    let due = performance.now()
    while (!signal.aborted) {
      const now = performance.now()
      if (now - due > LATE_MS) due = now
      while (due <= now) {
        this.#scene.step()
        if (!this.#scene.paused) this.#changed = true
        due += STEP_MS
      }
      this.#show()
      // Aborted: the loop's condition says the rest.
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {})
    }
  }

  /** Resolves when there is a newer frame, or at the signal. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) return resolve()
      this.#waiting.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  enter(viewer: Viewer): void {
    this.#viewers.add(viewer)
    this.#tellAudience()
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    this.#views.leave(viewer)
    this.#refit()
    this.#tellAudience()
  }

  resize(viewer: Viewer, size: { width: number; height: number }): void {
    if (!this.#viewers.has(viewer)) return
    this.#views.resize(viewer, size)
    this.#refit()
    this.#tellAudience()
  }

  /** The id, or undefined when the scene is full. */
  spawn(by: Viewer, kind: Kind, at?: { x: number; y: number }): number | undefined {
    const entity = this.#scene.spawn(kind, at)
    if (entity) this.#tell(by, { what: 'spawned', id: entity.id, kind })
    return entity?.id
  }

  /** False when there is no such entity. */
  remove(by: Viewer, id: number): boolean {
    const kind = this.#scene.entity(id)?.kind
    if (kind === undefined || !this.#scene.remove(id)) return false
    this.#tell(by, { what: 'removed', id, kind })
    return true
  }

  pause(by: Viewer, paused: boolean): void {
    if (this.#scene.paused === paused) return
    this.#scene.paused = paused
    this.#tell(by, { what: paused ? 'paused' : 'resumed' })
  }

  grab(id: number): boolean {
    this.#changed = true
    return this.#scene.grab(id)
  }

  move(id: number, x: number, y: number): void {
    this.#changed = true
    this.#scene.move(id, x, y)
  }

  release(id: number, vx?: number, vy?: number): void {
    this.#changed = true
    this.#scene.release(id, vx, vy)
  }

  details(id: number): Details | undefined {
    const entity = this.#scene.entity(id)
    if (entity === undefined) return undefined
    const { bornAt, vx, vy, held, ...rest } = entity
    const still = held || this.#scene.paused
    return {
      ...rest,
      held,
      speed: still ? 0 : Math.hypot(vx, vy),
      age: (this.#scene.tick - bornAt) * STEP,
    }
  }

  /** Entities that the scene takes. */
  get most(): number {
    return this.#scene.most
  }

  #refit(): void {
    const { width, height } = this.#views.stage
    const { bounds } = this.#scene
    if (bounds.width === width && bounds.height === height) return
    this.#scene.resize({ width, height })
    this.#changed = true
  }

  /** One frame for all pages, and none while nothing changes. */
  #show(): void {
    if (!this.#changed) return
    this.#changed = false
    this.#frame = encodeFrame(this.#scene)
    for (const done of [...this.#waiting]) done()
  }

  #tell(by: Viewer, event: Omit<Event, 'own'>): void {
    this.#changed = true
    for (const viewer of this.#viewers) viewer.happened({ ...event, own: viewer === by })
  }

  #tellAudience(): void {
    const { width, height } = this.#scene.bounds
    for (const viewer of this.#viewers) viewer.audience(this.#viewers.size, width, height)
  }
}
