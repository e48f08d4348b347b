// The half of the channel suite that is about how channels end: closed, broken off, by either side.
import { expect, it } from 'vitest'
import type { Channel } from '../channel/channel.js'
import { isTielineError } from '../errors.js'
import { type ChannelFixture, fill, isPatterned, patterned, reason } from './channel-fixture.js'
import { Recorder, settle } from './recorder.js'

export function channelEndings(fixture: ChannelFixture): void {
  it('flushes what is buffered before it closes', async () => {
    const { left, right, atLeft, atRight } = await fixture.opened()
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
    const { left, right, atLeft, atRight } = await fixture.opened()
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
    const { left, atLeft } = await fixture.opened()
    await Promise.all([left.close(), left.close()])
    await left.close()
    left.abort(reason())
    await settle()
    expect(atLeft.ends).toEqual([{ by: 'local' }])
  })

  it('may be closed, and broken off, before it was opened', async () => {
    const { left, right } = await fixture.unopened()
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
    const { left, right, atLeft } = await fixture.opened()
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
    const { left, atLeft } = await fixture.opened()
    const why = reason()
    await left.close({ signal: AbortSignal.abort(why) })
    expect(atLeft.ends).toEqual([{ by: 'local', error: why }])
  })

  it('delivers nothing after an abort, and gives its reason', async () => {
    const { left, right, atLeft, atRight } = await fixture.opened()
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
      const { left, right, atLeft, atRight } = await fixture.opened()
      left.send(patterned(200_000))
      right.send(patterned(200_000))
      end(left, right)
      await Promise.all([atLeft, atRight].map((sink) => sink.until(({ ends }) => ends.length > 0)))
      await settle()
      for (const { ends, late } of [atLeft, atRight]) expect([ends.length, late]).toEqual([1, 0])
    })
  }

  it('throws connection-lost for a send after its own close', async () => {
    const { left } = await fixture.opened()
    const closed = left.close()
    const lost = () => left.send(patterned(1))
    expect(lost).toThrow(expect.objectContaining({ code: 'connection-lost', sent: 'no' }))
    await closed
    expect(lost).toThrow(expect.objectContaining({ code: 'connection-lost' }))
  })

  it('throws connection-lost for a send after the other side closed', async () => {
    const { left, right, atLeft } = await fixture.opened()
    await right.close()
    await atLeft.until(({ ends }) => ends.length > 0)
    expect(() => left.send(patterned(1))).toThrow(
      expect.objectContaining({ code: 'connection-lost' }),
    )
  })

  it('throws when it is opened twice', async () => {
    const { left } = await fixture.opened()
    expect(() => left.open(new Recorder())).toThrow()
    try {
      left.open(new Recorder())
    } catch (error) {
      expect(isTielineError(error, 'invalid-argument')).toBe(true)
    }
  })

  it('works the same whether it is held or not', async () => {
    const { left, right, atLeft, atRight } = await fixture.opened()
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
}
