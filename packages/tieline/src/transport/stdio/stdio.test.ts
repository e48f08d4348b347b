import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Recorder, settle } from '../../testing/recorder.js'
import { stdio } from './stdio.js'

// The suite of channels runs over stdio in child.test.ts. Here: two ends whose stdin and stdout are each other's.
function pair() {
  const there = new PassThrough()
  const back = new PassThrough()
  return [stdio({ input: there, output: back }), stdio({ input: back, output: there })] as const
}

describe('stdio', () => {
  it('is one channel, to be had once', async () => {
    const [left, right] = pair()
    await left.connect()
    await expect(left.connect()).rejects.toMatchObject({ code: 'endpoint-in-use' })
    await right.listen({ accept: () => {} })
    await expect(right.listen({ accept: () => {} })).rejects.toMatchObject({
      code: 'endpoint-in-use',
    })
  })

  it('is accepted by a listener as it is got by connecting', async () => {
    const [left, right] = pair()
    const recorder = new Recorder()
    const listener = await left.listen({ accept: (channel) => channel.open(recorder) })
    const channel = await right.connect()
    channel.open(new Recorder())
    channel.send(Buffer.from('hello'))
    await recorder.until(({ bytes }) => bytes === 5)
    await listener.close()
    channel.send(Buffer.from('!'))
    await recorder.until(({ bytes }) => bytes === 6)
    await channel.close()
    expect(recorder.ends).toEqual([{ by: 'remote' }])
  })

  it('accepts nothing once the listener is closed', async () => {
    const [left] = pair()
    const listener = await left.listen({ accept: () => expect.unreachable() })
    listener.hold(false)
    await listener.close()
    await settle()
  })
})
