import { describe, expect, it } from 'vitest'
import type { Sprite } from '../../src/protocol/frame.js'
import { fit, toStage } from './fit.js'
import { inTheMiddle, inTurn, under } from './pick.js'
import { Throw } from './throw.js'

const sprite = (id: number, x: number, y: number, size = 10): Sprite => ({
  id,
  kind: 'drifter',
  x,
  y,
  heading: 0,
  size,
  held: false,
})

describe('the fit of the stage', () => {
  it('is as large as it can be, in the middle', () => {
    expect(fit({ width: 800, height: 600 }, { width: 400, height: 400 })).toEqual({
      scale: 1.5,
      left: 100,
      top: 0,
    })
  })

  it('finds the place in the stage of a place in the view', () => {
    const fitted = fit({ width: 800, height: 600 }, { width: 400, height: 400 })
    expect(toStage(fitted, { x: 100, y: 0 })).toEqual({ x: 0, y: 0 })
    expect(toStage(fitted, { x: 700, y: 600 })).toEqual({ x: 400, y: 400 })
  })
})

describe('what is meant', () => {
  const sprites = [sprite(1, 100, 100), sprite(4, 130, 100), sprite(7, 300, 300, 20)]

  it('is the nearest within reach', () => {
    expect(under(sprites, { x: 104, y: 100 }, 8)?.id).toBe(1)
    expect(under(sprites, { x: 117, y: 100 }, 8)?.id).toBe(4)
    expect(under(sprites, { x: 300, y: 327 }, 8)?.id).toBe(7)
    expect(under(sprites, { x: 300, y: 330 }, 8)).toBeUndefined()
  })

  it('is the one on top where two lie over one another', () => {
    expect(under([sprite(1, 50, 50), sprite(2, 50, 50)], { x: 50, y: 50 }, 8)?.id).toBe(2)
  })

  it('is the next in turn, and nobody past the ends', () => {
    expect(inTurn(sprites, undefined, 1)?.id).toBe(1)
    expect(inTurn(sprites, undefined, -1)?.id).toBe(7)
    expect(inTurn(sprites, 1, 1)?.id).toBe(4)
    expect(inTurn(sprites, 7, 1)).toBeUndefined()
    expect(inTurn(sprites, 1, -1)).toBeUndefined()
    expect(inTurn(sprites, 99, 1)?.id).toBe(1)
    expect(inTurn([], undefined, 1)).toBeUndefined()
  })

  it('is the one in the middle when there is nothing to begin from', () => {
    expect(inTheMiddle(sprites, { width: 640, height: 640 })?.id).toBe(7)
    expect(inTheMiddle([], { width: 640, height: 640 })).toBeUndefined()
  })
})

describe('a throw', () => {
  it('has the speed of its last moments', () => {
    const thrown = new Throw()
    thrown.to({ x: 0, y: 0 }, 0)
    thrown.to({ x: 500, y: 0 }, 500)
    thrown.to({ x: 505, y: -5 }, 520)
    thrown.to({ x: 510, y: -10 }, 540)
    expect(thrown.speed(550)).toEqual({ vx: 250, vy: -250 })
  })

  it('has none when it was held still', () => {
    const thrown = new Throw()
    thrown.to({ x: 0, y: 0 }, 0)
    thrown.to({ x: 90, y: 0 }, 20)
    expect(thrown.speed(500)).toEqual({ vx: 0, vy: 0 })
    expect(new Throw().speed(0)).toEqual({ vx: 0, vy: 0 })
  })
})
