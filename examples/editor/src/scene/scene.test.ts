import { describe, expect, it } from 'vitest'
import { HABITS, KINDS } from './entity.js'
import { Scene } from './scene.js'

function populated(seed: number, each = 20): Scene {
  const scene = new Scene({ seed, width: 640, height: 480 })
  for (let i = 0; i < each; i++) for (const kind of KINDS) scene.spawn(kind)
  return scene
}

function run(scene: Scene, steps: number): Scene {
  for (let i = 0; i < steps; i++) scene.step()
  return scene
}

const state = (scene: Scene) => JSON.stringify([scene.tick, ...scene.entities()])

describe('a scene', () => {
  it('is the same from the same seed and the same edits', () => {
    const edited = (seed: number) => {
      const scene = run(populated(seed), 100)
      scene.grab(3)
      scene.move(3, 50, 60)
      run(scene, 10)
      scene.release(3, 300, -20)
      scene.remove(7)
      scene.spawn('flocker', { x: 5, y: 5 })
      return state(run(scene, 300))
    }
    expect(edited(1)).toBe(edited(1))
    expect(edited(1)).not.toBe(edited(2))
  })

  it('keeps everything inside its walls', () => {
    const scene = run(populated(3), 2000)
    for (const { x, y, size } of scene.entities()) {
      expect(x).toBeGreaterThanOrEqual(size)
      expect(x).toBeLessThanOrEqual(640 - size)
      expect(y).toBeGreaterThanOrEqual(size)
      expect(y).toBeLessThanOrEqual(480 - size)
    }
  })

  it('stands still while it is paused, and can be edited', () => {
    const scene = run(populated(4), 5)
    scene.paused = true
    const before = state(scene)
    expect(state(run(scene, 50))).toBe(before)
    scene.move(1, 100, 100)
    expect(scene.entity(1)).toMatchObject({ x: 100, y: 100 })
    scene.paused = false
    expect(run(scene, 1).tick).toBe(6)
  })

  it('leaves alone what is held, and lets it go with the speed of the throw', () => {
    const scene = populated(5)
    expect(scene.grab(2)).toBe(true)
    scene.move(2, 200, 200)
    run(scene, 30)
    expect(scene.entity(2)).toMatchObject({ x: 200, y: 200, held: true })
    scene.release(2, 500, 0)
    expect(scene.entity(2)).toMatchObject({ vx: 500, vy: 0, held: false })
  })

  it('lets nobody take what somebody holds, nor what is not there', () => {
    const scene = populated(6)
    expect(scene.grab(1)).toBe(true)
    expect(scene.grab(1)).toBe(false)
    expect(scene.grab(1000)).toBe(false)
  })

  it('limits a throw, and settles at the speed of its kind', () => {
    const scene = new Scene({ seed: 7, width: 4000, height: 4000 })
    const drifter = scene.spawn('drifter', { x: 2000, y: 2000 })!
    scene.grab(drifter.id)
    scene.release(drifter.id, 1e9, 0)
    expect(Math.hypot(drifter.vx, drifter.vy)).toBeLessThan(2000)
    run(scene, 600)
    expect(Math.hypot(drifter.vx, drifter.vy)).toBeCloseTo(HABITS.drifter.cruise, 0)
  })

  it('takes so many and no more, and never uses an id twice', () => {
    const scene = new Scene({ seed: 8, width: 100, height: 100, most: 2 })
    expect(scene.spawn('drifter')?.id).toBe(1)
    expect(scene.spawn('drifter')?.id).toBe(2)
    expect(scene.spawn('drifter')).toBeUndefined()
    expect(scene.remove(2)).toBe(true)
    expect(scene.remove(2)).toBe(false)
    expect(scene.spawn('orbiter')?.id).toBe(3)
  })

  it('spreads over a larger stage and closes up on a smaller one', () => {
    const scene = populated(9)
    scene.move(1, 320, 120)
    scene.move(2, 640, 480)
    scene.resize({ width: 320, height: 960 })
    expect(scene.entity(1)).toMatchObject({ x: 160, y: 240 })
    const { x, y, size } = scene.entity(2)!
    expect([x, y]).toEqual([320 - size, 960 - 2 * size])
  })

  it('has orbiters that turn and flockers that come to fly alike', () => {
    const orbits = new Scene({ seed: 10, width: 4000, height: 4000 })
    const orbiter = orbits.spawn('orbiter', { x: 2000, y: 2000 })!
    run(orbits, 60 * 20)
    expect(Math.hypot(orbiter.x - 2000, orbiter.y - 2000)).toBeLessThan(200)

    const flock = new Scene({ seed: 11, width: 4000, height: 4000 })
    const alike = () => {
      let x = 0
      let y = 0
      for (const { heading } of flock.entities()) {
        x += Math.cos(heading) / flock.size
        y += Math.sin(heading) / flock.size
      }
      return Math.hypot(x, y)
    }
    for (let i = 0; i < 12; i++) flock.spawn('flocker', { x: 2000 + i * 12, y: 2000 })
    const before = alike()
    run(flock, 240)
    expect(alike()).toBeGreaterThan(Math.max(before, 0.8))
  })
})
