// What every channel must do, whatever carries it. Give it two connected channels; imports vitest.
import { afterEach, describe, expect, it } from 'vitest'
import type { Channel } from '../channel/channel.js'
import { isTielineError } from '../errors.js'
import { Recorder, settle } from './recorder.js'

export interface ChannelPair {
  readonly left: Channel
  readonly right: Channel
  /** Called after both are aborted. */
  readonly cleanup?: () => void | Promise<void>
}

const MIB = 1024 * 1024

/** Bytes that tell their place: byte `i` of the whole stream, starting at `from`. */
function patterned(length: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) * 2654435761) >>> 24
  return bytes
}

function isPatterned(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, patterned(bytes.length)) === 0
}

const reason = () => new Error('the test breaks it off')

/** Runs the suite. `makePair` is called for each test. */
export function channelSuite(
  name: string,
  makePair: () => ChannelPair | Promise<ChannelPair>,
): void {
  describe(`${name} is a channel that`, () => {
    const pairs: ChannelPair[] = []

    async function unopened(): Promise<ChannelPair> {
      const pair = await makePair()
      pairs.push(pair)
      return pair
    }

    async function opened() {
      const { left, right } = await unopened()
      const atLeft = new Recorder()
      const atRight = new Recorder()
      left.open(atLeft)
      right.open(atRight)
      return { left, right, atLeft, atRight }
    }

    afterEach(async () => {
      for (const { left, right, cleanup } of pairs.splice(0)) {
        left.abort(reason())
        right.abort(reason())
        await cleanup?.()
      }
    })

    /** Sends the pattern in chunks of a size, waiting for `drained` when told to. */
    function pump(channel: Channel, sink: Recorder, total: number, size: number): Promise<void> {
      let at = 0
      return new Promise((resolve) => {
        sink.onDrained = () => {
          for (let more = true; more && at < total; at += size) {
            more = channel.send(patterned(Math.min(size, total - at), at))
          }
          if (at >= total) resolve()
        }
        sink.onDrained()
      })
    }

    /** Sends until told to wait. Returns the bytes sent so far. */
    function fill(channel: Channel, before = 0): number {
      for (let sent = before; sent < 64 * MIB; ) {
        const more = channel.send(patterned(MIB / 4, sent))
        sent += MIB / 4
        if (!more) return sent
      }
      throw new Error('send never returned false')
    }

    it('delivers in order, with the borders of messages and no others', async () => {
      const { left, right, atLeft, atRight } = await opened()
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
      const { left, atRight } = await opened()
      left.send([patterned(3), patterned(100_000, 3), patterned(2, 100_003)])
      await atRight.until(({ bytes }) => bytes === 100_005)
      expect(isPatterned(atRight.whole)).toBe(true)
      if (left.unit === 'message') expect(atRight.chunks).toHaveLength(1)
    })

    it('never calls the sink from inside a call of its own', async () => {
      const { left, right, atLeft, atRight } = await opened()
      left.send(patterned(10))
      expect(atRight.bytes).toBe(0)
      fill(right)
      expect(atRight.drains).toBe(0)
      right.abort(reason())
      void left.close()
      expect([atLeft.ends, atRight.ends]).toEqual([[], []])
    })

    it('keeps what was sent before the other side opened', async () => {
      const { left, right } = await unopened()
      left.open(new Recorder())
      left.send(patterned(1000))
      await settle()
      const atRight = new Recorder()
      right.open(atRight)
      await atRight.until(({ bytes }) => bytes === 1000)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('delivers what was sent before a close, and the close, to a side that opens later', async () => {
      const { left, right } = await unopened()
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
      const { left, right, atLeft, atRight } = await opened()
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
      const { left, right, atRight } = await opened()
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
      const { left, right, atLeft, atRight } = await opened()
      atRight.onMessage = () => {
        right.pause()
        setImmediate(() => right.resume())
      }
      await pump(left, atLeft, 2 * MIB, 10_000)
      await atRight.until(({ bytes }) => bytes === 2 * MIB)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('carries 16 MiB both ways at once', async () => {
      const { left, right, atLeft, atRight } = await opened()
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
      const { left, right } = await unopened()
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
      const { left, atLeft, atRight } = await opened()
      const memory = new Uint8Array(64 * 1024)
      const total = 8 * MIB
      for (let at = 0; at < total; at += memory.length) {
        memory.set(patterned(memory.length, at))
        const more = left.send([memory.subarray(0, 100), memory.subarray(100)])
        if (!more) await atLeft.until(() => left.buffered === 0)
        expect(left.buffered).toBe(0)
        memory.fill(0)
      }
      await atRight.until(({ bytes }) => bytes === total)
      expect(isPatterned(atRight.whole)).toBe(true)
    })

    it('flushes what is buffered before it closes', async () => {
      const { left, right, atLeft, atRight } = await opened()
      right.pause()
      await settle()
      const sent = fill(left)
      const closed = left.close()
      right.resume()
      await closed
      expect(atLeft.ends).toEqual([{ by: 'local' }])
      await atRight.until(({ ends }) => ends.length > 0)
      expect(atRight.bytes).toBe(sent)
      expect(isPatterned(atRight.whole)).toBe(true)
      expect(atRight.ends).toEqual([{ by: 'remote' }])
    })

    it('closes in good order although the other side was sending', async () => {
      const { left, right, atLeft, atRight } = await opened()
      left.pause()
      await settle()
      right.send(patterned(5000))
      await settle()
      await left.close()
      expect(atLeft.ends).toEqual([{ by: 'local' }])
      await atRight.until(({ ends }) => ends.length > 0)
      expect(atRight.ends).toEqual([{ by: 'remote' }])
    })

    it('may be closed twice, and after it was closed', async () => {
      const { left, atLeft } = await opened()
      await Promise.all([left.close(), left.close()])
      await left.close()
      left.abort(reason())
      await settle()
      expect(atLeft.ends).toEqual([{ by: 'local' }])
    })

    it('may be closed, and broken off, before it was opened', async () => {
      const { left, right } = await unopened()
      await left.close()
      right.abort(reason())
      await right.close()
      for (const channel of [left, right]) {
        const recorder = new Recorder()
        channel.open(recorder)
        await recorder.until(({ ends }) => ends.length === 1)
        expect(recorder.ends[0]?.by).toBe('local')
      }
    })

    it('gives up flushing when the signal of a close fires', async () => {
      const { left, right, atLeft } = await opened()
      right.pause()
      await settle()
      fill(left)
      fill(left)
      const stop = new AbortController()
      const closed = left.close({ signal: stop.signal })
      await settle()
      expect(atLeft.ends).toEqual([])
      const why = reason()
      stop.abort(why)
      await closed
      expect(atLeft.ends).toEqual([{ by: 'local', error: why }])
    })

    it('closes at once when the signal of a close has fired already', async () => {
      const { left, atLeft } = await opened()
      const why = reason()
      await left.close({ signal: AbortSignal.abort(why) })
      expect(atLeft.ends).toEqual([{ by: 'local', error: why }])
    })

    it('delivers nothing after an abort, and gives its reason', async () => {
      const { left, right, atLeft, atRight } = await opened()
      right.send(patterned(1000))
      const why = reason()
      left.abort(why)
      left.abort(reason())
      await Promise.all([atLeft, atRight].map((sink) => sink.until(({ ends }) => ends.length > 0)))
      expect(atLeft.bytes).toBe(0)
      expect(atLeft.ends).toEqual([{ by: 'local', error: why }])
      expect(atRight.ends[0]?.by).toBe('remote')
      expect(left.buffered).toBe(0)
    })

    const endings: Record<string, (left: Channel, right: Channel) => void> = {
      'one side closes': (left) => void left.close(),
      'the other side closes': (_, right) => void right.close(),
      'one side breaks off': (left) => left.abort(reason()),
      'the other side breaks off': (_, right) => right.abort(reason()),
      'both close at once': (left, right) => {
        void left.close()
        void right.close()
      },
      'both break off at once': (left, right) => {
        left.abort(reason())
        right.abort(reason())
      },
      'one closes and the other breaks off': (left, right) => {
        void left.close()
        right.abort(reason())
      },
      'one closes, then breaks off': (left) => {
        void left.close()
        left.abort(reason())
      },
    }
    for (const [how, end] of Object.entries(endings)) {
      it(`tells both sinks once, and last, when ${how}`, async () => {
        const { left, right, atLeft, atRight } = await opened()
        left.send(patterned(200_000))
        right.send(patterned(200_000))
        end(left, right)
        await Promise.all(
          [atLeft, atRight].map((sink) => sink.until(({ ends }) => ends.length > 0)),
        )
        await settle()
        for (const { ends, late } of [atLeft, atRight]) expect([ends.length, late]).toEqual([1, 0])
      })
    }

    it('throws connection-lost for a send after its own close', async () => {
      const { left } = await opened()
      const closed = left.close()
      const lost = () => left.send(patterned(1))
      expect(lost).toThrow(expect.objectContaining({ code: 'connection-lost', sent: 'no' }))
      await closed
      expect(lost).toThrow(expect.objectContaining({ code: 'connection-lost' }))
    })

    it('throws connection-lost for a send after the other side closed', async () => {
      const { left, right, atLeft } = await opened()
      await right.close()
      await atLeft.until(({ ends }) => ends.length > 0)
      expect(() => left.send(patterned(1))).toThrow(
        expect.objectContaining({ code: 'connection-lost' }),
      )
    })

    it('throws when it is opened twice', async () => {
      const { left } = await opened()
      expect(() => left.open(new Recorder())).toThrow()
      try {
        left.open(new Recorder())
      } catch (error) {
        expect(isTielineError(error, 'invalid-argument')).toBe(true)
      }
    })

    it('works the same whether it is held or not', async () => {
      const { left, right, atLeft, atRight } = await opened()
      left.hold(false)
      left.hold(true)
      left.hold(true)
      left.send(patterned(10))
      right.send(patterned(10))
      await atRight.until(({ bytes }) => bytes === 10)
      await atLeft.until(({ bytes }) => bytes === 10)
      await left.close()
      left.hold(false)
      expect(atLeft.ends).toEqual([{ by: 'local' }])
    })
  })
}
