// What every channel must do, whatever carries it. Give it two connected channels; imports vitest.
import { afterEach, describe, expect, it } from 'vitest'
import { channelEndings } from './channel-endings.js'
import {
  ChannelFixture,
  type ChannelPair,
  fill,
  isPatterned,
  MIB,
  patterned,
  pump,
  reason,
} from './channel-fixture.js'
import { Recorder, settle } from './recorder.js'

export type { ChannelPair } from './channel-fixture.js'

/** Runs the suite. `makePair` is called for each test. */
export function channelSuite(
  name: string,
  makePair: () => ChannelPair | Promise<ChannelPair>,
): void {
  describe(`${name} is a channel that`, () => {
    const fixture = new ChannelFixture(makePair)
    afterEach(() => fixture.end())

    it('delivers in order, with the borders of messages and no others', async () => {
      const { left, right, atLeft, atRight } = await fixture.opened()
      const sizes = Array.from({ length: 300 }, (_, i) => 1 + ((i * 37) % 900))
      const sent = sizes.map((size, i) => patterned(size, i))
      for (const chunk of sent) {
        left.send(chunk)
        right.send(chunk)
      }
      const total = sizes.reduce((sum, size) => sum + size, 0)
      for (const recorder of [atLeft, atRight]) {
        await recorder.until(({ bytes }) => bytes >= total)
        expect(Buffer.concat(sent).equals(recorder.whole)).toBe(true)
        if (left.unit === 'bytes') continue
        expect(recorder.chunks.map(({ length }) => length)).toEqual(sizes)
      }
    })

    it('takes an array as one run of bytes, or one message', async () => {
      const { left, atRight } = await fixture.opened()
      left.send([patterned(3), patterned(100_000, 3), patterned(2, 100_003)])
      await atRight.until(({ bytes }) => bytes === 100_005)
      expect(isPatterned(atRight.whole)).toBe(true)
      if (left.unit === 'message') expect(atRight.chunks).toHaveLength(1)
    })

    it('never calls the sink from inside a call of its own', async () => {
      const { left, right, atLeft, atRight } = await fixture.opened()
      left.send(patterned(10))
      expect(atRight.bytes).toBe(0)
      fill(right)
      expect(atRight.drains).toBe(0)
      right.abort(reason())
      void left.close()
      expect([atLeft.ends, atRight.ends]).toEqual([[], []])
    })

    it('keeps what was sent before the other side opened', async () => {
      const { left, right } = await fixture.unopened()
      left.open(new Recorder())
      left.send(patterned(1000))
      await settle()
      const atRight = new Recorder()
      right.open(atRight)
      await atRight.until(({ bytes }) => bytes === 1000)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('delivers what was sent before a close, and the close, to a side that opens later', async () => {
      const { left, right } = await fixture.unopened()
      left.open(new Recorder())
      left.send(patterned(1000))
      await left.close()
      const atRight = new Recorder()
      right.open(atRight)
      await atRight.until(({ ends }) => ends.length > 0)
      expect(isPatterned(atRight.whole) && atRight.bytes === 1000).toBe(true)
      expect(atRight.ends).toEqual([{ by: 'remote' }])
    })

    it('makes the writer wait for a paused reader, and tells it when to go on', async () => {
      const { left, right, atLeft, atRight } = await fixture.opened()
      right.pause()
      await settle()
      // What lies between the two may take some more, but not for ever.
      let sent = 0
      let drains = -1
      while (atLeft.drains > drains) {
        drains = atLeft.drains
        sent = fill(left, sent)
        expect(left.buffered).toBeGreaterThan(0)
        await settle()
      }
      right.resume()
      await atLeft.until((now) => now.drains > drains)
      expect(left.buffered).toBe(0)
      await atRight.until(({ bytes }) => bytes === sent)
      expect(atLeft.drains).toBe(drains + 1)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('delivers nothing while paused, and all of it after', async () => {
      const { left, right, atRight } = await fixture.opened()
      right.pause()
      right.pause()
      await settle()
      left.send(patterned(5000))
      await settle()
      expect(atRight.bytes).toBe(0)
      right.resume()
      right.resume()
      await atRight.until(({ bytes }) => bytes === 5000)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('may be paused and resumed by its sink at every chunk', async () => {
      const { left, right, atLeft, atRight } = await fixture.opened()
      atRight.onMessage = () => {
        right.pause()
        setImmediate(() => right.resume())
      }
      await pump(left, atLeft, 2 * MIB, 10_000)
      await atRight.until(({ bytes }) => bytes === 2 * MIB)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('carries 16 MiB both ways at once', async () => {
      const { left, right, atLeft, atRight } = await fixture.opened()
      await Promise.all([
        pump(left, atLeft, 16 * MIB, 60_000),
        pump(right, atRight, 16 * MIB, 700_000),
        atLeft.until(({ bytes }) => bytes === 16 * MIB),
        atRight.until(({ bytes }) => bytes === 16 * MIB),
      ])
      expect(isPatterned(atLeft.whole)).toBe(true)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('may read into memory that the sink gives, of any size', async () => {
      const { left, right } = await fixture.unopened()
      const atLeft = new Recorder()
      left.open(atLeft)
      const target = new Uint8Array(16 * MIB)
      let at = 0
      const atRight = new Recorder()
      const sink = {
        room: () => (at % 3 === 0 ? undefined : target.subarray(at, at + 1 + ((at * 7) % 200_000))),
        message(chunk: Uint8Array) {
          // In the sink's own memory already, or lent: then it is copied.
          if (chunk.buffer !== target.buffer) target.set(chunk, at)
          else expect(chunk.byteOffset).toBe(at)
          at += chunk.length
          atRight.message(new Uint8Array(1))
        },
        drained: () => {},
        closed: () => {},
      }
      right.open(sink)
      await pump(left, atLeft, target.length, 100_000)
      await atRight.until(() => at === target.length)
      expect(isPatterned(target)).toBe(true)
    })

    it('lets memory be used again as soon as buffered is 0', async () => {
      const { left, atRight } = await fixture.opened()
      const memory = new Uint8Array(64 * 1024)
      const total = 8 * MIB
      for (let at = 0; at < total; at += memory.length) {
        memory.set(patterned(memory.length, at))
        left.send([memory.subarray(0, 100), memory.subarray(100)])
        while (left.buffered > 0) await new Promise((resolve) => setImmediate(resolve))
        memory.fill(0)
      }
      await atRight.until(({ bytes }) => bytes === total)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    channelEndings(fixture)
  })
}
