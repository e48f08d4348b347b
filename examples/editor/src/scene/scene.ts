// The scene: entities that move by fixed steps from a seed. The same seed and the same edits at the
// same ticks give the same scene. It knows no clock, no page and no channel.
import { type Entity, HABITS, type Kind } from './entity.js'
import { advance, type Bounds, inside, steer } from './motion.js'
import { Random } from './random.js'

export interface SceneOptions extends Bounds {
  readonly seed: number
  /** Entities that it takes. 400: every flocker looks at every other, 60 times a second. */
  readonly most?: number
}

const MOST = 400
/** Units a second of the hardest throw: across a large screen in about a second. */
const FASTEST = 1600

export class Scene {
  readonly most: number
  readonly #random: Random
  readonly #entities = new Map<number, Entity>()
  #bounds: Bounds
  #lastId = 0
  #tick = 0
  #paused = false

  constructor({ seed, width, height, most = MOST }: SceneOptions) {
    this.most = most
    this.#random = new Random(seed)
    this.#bounds = { width, height }
  }

  /** Steps done. It stands still while the scene is paused. */
  get tick(): number {
    return this.#tick
  }

  get paused(): boolean {
    return this.#paused
  }

  set paused(paused: boolean) {
    this.#paused = paused
  }

  get bounds(): Bounds {
    return this.#bounds
  }

  get size(): number {
    return this.#entities.size
  }

  /** In the order in which they were made. */
  entities(): IterableIterator<Entity> {
    return this.#entities.values()
  }

  entity(id: number): Readonly<Entity> | undefined {
    return this.#entities.get(id)
  }

  /** Moves everything that nobody holds by 1/60 s. Nothing while paused. */
  step(): void {
    if (this.#paused) return
    this.#tick++
    const flock: Entity[] = []
    for (const entity of this.#entities.values()) {
      if (entity.kind === 'flocker' && !entity.held) flock.push(entity)
    }
    for (const entity of this.#entities.values())
      if (!entity.held) steer(entity, flock, this.#bounds)
    for (const entity of this.#entities.values()) if (!entity.held) advance(entity, this.#bounds)
  }

  /** A new entity, at a place or at a random one. Undefined when the scene is full. */
  spawn(kind: Kind, at?: { readonly x: number; readonly y: number }): Entity | undefined {
    if (this.#entities.size >= this.most) return undefined
    const random = this.#random
    const { cruise, smallest, largest } = HABITS[kind]
    const heading = random.between(-Math.PI, Math.PI)
    const entity: Entity = {
      id: ++this.#lastId,
      kind,
      size: random.between(smallest, largest),
      bornAt: this.#tick,
      x: at?.x ?? random.between(0, this.#bounds.width),
      y: at?.y ?? random.between(0, this.#bounds.height),
      vx: Math.cos(heading) * cruise,
      vy: Math.sin(heading) * cruise,
      heading,
      travelled: 0,
      bounces: 0,
      held: false,
    }
    inside(entity, this.#bounds)
    this.#entities.set(entity.id, entity)
    return entity
  }

  /** False when there is none of that id. */
  remove(id: number): boolean {
    return this.#entities.delete(id)
  }

  /** Takes it in hand. False when there is none of that id, or when it is held already. */
  grab(id: number): boolean {
    const entity = this.#entities.get(id)
    if (entity === undefined || entity.held) return false
    entity.held = true
    return true
  }

  /** Puts it somewhere, held or not. */
  move(id: number, x: number, y: number): void {
    const entity = this.#entities.get(id)
    if (entity === undefined) return
    entity.x = x
    entity.y = y
    inside(entity, this.#bounds)
  }

  /** Lets go, with a throw if there is one. Without, it goes on as before it was held. */
  release(id: number, vx = 0, vy = 0): void {
    const entity = this.#entities.get(id)
    if (entity === undefined || !entity.held) return
    entity.held = false
    const speed = Math.hypot(vx, vy)
    if (speed < 1) return
    const scale = Math.min(speed, FASTEST) / speed
    entity.vx = vx * scale
    entity.vy = vy * scale
    entity.heading = Math.atan2(vy, vx)
  }

  /** New walls. Everything keeps its share of the way between them. */
  resize(bounds: Bounds): void {
    const wider = bounds.width / this.#bounds.width
    const higher = bounds.height / this.#bounds.height
    this.#bounds = { width: bounds.width, height: bounds.height }
    for (const entity of this.#entities.values()) {
      entity.x *= wider
      entity.y *= higher
      inside(entity, this.#bounds)
    }
  }
}
