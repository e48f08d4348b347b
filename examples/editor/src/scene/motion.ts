// One step of one entity: how it steers, how it loses a throw's speed, and how it meets the walls.
import { type Entity, HABITS } from './entity.js'

/** Seconds of a step. 60 a second: as often as most screens draw. */
export const STEP = 1 / 60
/** Radians a second an orbiter turns: a circle of some 60 units, seen whole on a phone. */
const TURN = 1.35
/** How far a flocker sees, and how close is too close. */
const SIGHT = 76
const CROWDED = 26
/** How near a wall has to be for a flocker to turn away. */
const SHY = 64
/** Share of the difference to the cruising speed that is gone after a second (as a rate). */
const SETTLE = 1.6

export interface Bounds {
  readonly width: number
  readonly height: number
}

/** Turns the velocity as its kind does. `flock` holds the entities that flockers look at. */
export function steer(entity: Entity, flock: readonly Entity[], bounds: Bounds): void {
  if (entity.kind === 'orbiter') turn(entity, TURN * STEP)
  if (entity.kind === 'flocker') {
    follow(entity, flock)
    shy(entity, bounds)
  }
  settle(entity)
}

/** Moves on by one step, and back from a wall. */
export function advance(entity: Entity, bounds: Bounds): void {
  entity.x += entity.vx * STEP
  entity.y += entity.vy * STEP
  entity.travelled += Math.hypot(entity.vx, entity.vy) * STEP
  const { size } = entity
  if (entity.x < size || entity.x > bounds.width - size) {
    entity.vx = entity.x < size ? Math.abs(entity.vx) : -Math.abs(entity.vx)
    entity.bounces++
  }
  if (entity.y < size || entity.y > bounds.height - size) {
    entity.vy = entity.y < size ? Math.abs(entity.vy) : -Math.abs(entity.vy)
    entity.bounces++
  }
  inside(entity, bounds)
  entity.heading = Math.atan2(entity.vy, entity.vx)
}

/** Puts it where the bounds allow. */
export function inside(entity: Entity, { width, height }: Bounds): void {
  entity.x = Math.min(Math.max(entity.x, entity.size), width - entity.size)
  entity.y = Math.min(Math.max(entity.y, entity.size), height - entity.size)
}

function turn(entity: Entity, angle: number): void {
  const { vx, vy } = entity
  entity.vx = vx * Math.cos(angle) - vy * Math.sin(angle)
  entity.vy = vx * Math.sin(angle) + vy * Math.cos(angle)
}

/** Away from who is too close, along with who is near, and towards their middle. */
function follow(entity: Entity, flock: readonly Entity[]): void {
  let near = 0
  let middleX = 0
  let middleY = 0
  let alongX = 0
  let alongY = 0
  let awayX = 0
  let awayY = 0
  for (const other of flock) {
    const dx = other.x - entity.x
    const dy = other.y - entity.y
    const distance = dx * dx + dy * dy
    if (other === entity || distance > SIGHT * SIGHT) continue
    near++
    middleX += dx
    middleY += dy
    alongX += other.vx
    alongY += other.vy
    if (distance < CROWDED * CROWDED) {
      awayX -= dx
      awayY -= dy
    }
  }
  if (near === 0) return
  // Weights by eye: a flock that holds together and still breaks up at walls.
  entity.vx += (middleX / near) * 0.012 + (alongX / near - entity.vx) * 0.045 + awayX * 0.11
  entity.vy += (middleY / near) * 0.012 + (alongY / near - entity.vy) * 0.045 + awayY * 0.11
}

/** Away from a wall that is near, the more the nearer. */
function shy(entity: Entity, { width, height }: Bounds): void {
  const { x, y } = entity
  entity.vx += (Math.max(0, SHY - x) - Math.max(0, x - (width - SHY))) * 0.11
  entity.vy += (Math.max(0, SHY - y) - Math.max(0, y - (height - SHY))) * 0.11
}

function settle(entity: Entity): void {
  const { cruise } = HABITS[entity.kind]
  const speed = Math.hypot(entity.vx, entity.vy)
  if (speed < 1e-6) {
    entity.vx = Math.cos(entity.heading) * cruise * STEP
    entity.vy = Math.sin(entity.heading) * cruise * STEP
    return
  }
  const scale = (speed + (cruise - speed) * SETTLE * STEP) / speed
  entity.vx *= scale
  entity.vy *= scale
}
