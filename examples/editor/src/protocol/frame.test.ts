import { describe, expect, it } from 'vitest'
import { Scene } from '../scene/scene.js'
import { decodeFrame, encodeFrame } from './frame.js'

function scene(): Scene {
  const made = new Scene({ seed: 1, width: 640, height: 480 })
  for (let i = 0; i < 100; i++) made.spawn(i % 2 ? 'flocker' : 'orbiter')
  for (let i = 0; i < 10; i++) made.step()
  made.grab(5)
  return made
}

describe('a frame', () => {
  it('carries the scene', () => {
    const source = scene()
    const frame = decodeFrame(encodeFrame(source))
    expect(frame).toMatchObject({ tick: 10, paused: false, width: 640, height: 480 })
    const near = (value: number) => Math.fround(value)
    expect(frame.sprites).toEqual(
      [...source.entities()].map(({ id, kind, x, y, heading, size, held }) => ({
        id,
        kind,
        x: near(x),
        y: near(y),
        heading: near(heading),
        size: near(size),
        held,
      })),
    )
  })

  it('is 28 bytes an entity', () => {
    expect(encodeFrame(scene()).byteLength).toBe(20 + 100 * 28)
  })

  it('is read wherever it lies in memory', () => {
    const bytes = encodeFrame(scene())
    const moved = new Uint8Array(bytes.length + 3)
    moved.set(bytes, 3)
    expect(decodeFrame(moved.subarray(3))).toEqual(decodeFrame(bytes))
  })

  it('refuses what is no frame', () => {
    const bytes = encodeFrame(scene())
    expect(() => decodeFrame(bytes.subarray(0, 7))).toThrow('7 bytes are no header')
    expect(() => decodeFrame(bytes.subarray(0, -4))).toThrow('100 entities')
    const oddKind = bytes.slice()
    new DataView(oddKind.buffer).setFloat32(24, 9, true)
    expect(() => decodeFrame(oddKind)).toThrow('entity 1 is of no kind')
    const endless = bytes.slice()
    new DataView(endless.buffer).setFloat32(16, Number.POSITIVE_INFINITY, true)
    expect(() => decodeFrame(endless)).toThrow('Infinity entities')
  })
})
