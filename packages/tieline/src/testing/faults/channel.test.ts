import { describe, expect, it } from 'vitest'
import { memoryPair } from '../../channel/index.js'
import { msgpackRpc, native } from '../../dialect/index.js'
import { channelSuite } from '../channel-suite.js'
import { settled } from '../fake-clock.js'
import { peerSuite } from '../peer-suite.js'
import { Recorder } from '../recorder.js'
import { type ChannelFaults, FaultyChannel, faultyPair, ROUGH } from './channel.js'

// What any byte channel may do to its owner: nothing above it may notice.
channelSuite('a rough channel', () => {
  const [left, right] = faultyPair(memoryPair(), { split: 0.5, join: 0.3 })
  return { left, right }
})
const rough = () => faultyPair(memoryPair(), ROUGH)
peerSuite('native over a rough channel', { protocol: native, pair: rough })
peerSuite('MessagePack-RPC over a rough channel', { protocol: msgpackRpc, pair: rough })

function pair(faults: ChannelFaults, unit: 'bytes' | 'message' = 'bytes') {
  const [left, inner] = memoryPair({ unit })
  const right = new FaultyChannel(inner, faults)
  const heard = new Recorder()
  right.open(heard)
  const said = new Recorder()
  left.open(said)
  const say = (...texts: string[]) => {
    for (const text of texts) left.send(Buffer.from(text))
  }
  return { left, right, heard, said, say, text: () => Buffer.from(heard.whole).toString() }
}

const numbered = Array.from({ length: 200 }, (_, i) => `${i} `)

describe('a faulty channel', () => {
  it('cuts and joins by its seed, and loses nothing', async () => {
    const cutsOf = async (seed: number) => {
      const { left, say, heard, text } = pair({ seed, split: 0.5, join: 0.5 })
      say(...numbered)
      await left.close()
      await settled(50)
      expect(text()).toBe(numbered.join(''))
      return heard.chunks.map((chunk) => chunk.length)
    }
    const first = await cutsOf(1)
    expect(first).not.toEqual(numbered.map((one) => one.length))
    expect(await cutsOf(1)).toEqual(first)
    expect(await cutsOf(2)).not.toEqual(first)
  })

  it('is late by chance, in order, and the end comes last', async () => {
    const { left, say, text, heard } = pair({ delayMs: 20 })
    say(...numbered)
    await left.close()
    await heard.until(({ ends }) => ends.length > 0)
    expect(text()).toBe(numbered.join(''))
    expect(heard.late).toBe(0)
  })

  it('loses some and repeats some, and keeps the order of the others', async () => {
    const { say, text, heard } = pair({ seed: 3, drop: 0.2, duplicate: 0.2 }, 'message')
    say(...numbered)
    await settled(400)
    const arrived = text().trim().split(' ').map(Number)
    expect(arrived).toEqual([...arrived].sort((a, b) => a - b))
    const distinct = new Set(arrived)
    expect(distinct.size).toBeLessThan(200)
    expect(arrived.length).toBeGreaterThan(distinct.size)
    expect(heard.ends).toEqual([])
  })

  it('stands still after so many bytes, and the end is not heard either, until it goes on', async () => {
    const { left, right, say, text, heard } = pair({ stallAfter: 3 })
    say('ab', 'cd', 'ef')
    await left.close()
    await settled()
    expect(text()).toBe('ab')
    expect(heard.ends).toEqual([])
    right.stall(false)
    await settled()
    expect(text()).toBe('abcdef')
    expect(heard.ends).toEqual([{ by: 'remote' }])
  })

  it('half closed, hears and is not heard', async () => {
    const { right, said, say, text } = pair({ halfCloseAfter: 2 })
    expect(right.send(Buffer.from('ab'))).toBe(true)
    expect(right.send(Buffer.from('lost'))).toBe(true)
    say('heard')
    await settled()
    expect(text()).toBe('heard')
    expect(Buffer.from(said.whole).toString()).toBe('ab')
  })

  it('half closed or not, sends nothing once it is closed', async () => {
    for (const faults of [{ halfCloseAfter: 0 }, {}]) {
      const { right, heard } = pair(faults)
      right.send(Buffer.from('x'))
      await right.close()
      expect(heard.ends).toEqual([{ by: 'local' }])
      expect(() => right.send(Buffer.from('x'))).toThrow('closed')
    }
  })

  it('closes once, whoever ends it, and says nothing after', async () => {
    for (const end of ['close', 'abort', 'remote'] as const) {
      const { left, right, say, heard } = pair({ delayMs: 5 })
      say(...numbered)
      if (end === 'remote') left.abort(new Error('gone'))
      else if (end === 'close') await right.close()
      else right.abort(new Error('enough'))
      await heard.until(({ ends }) => ends.length > 0)
      await settled(10)
      expect(heard.late).toBe(0)
      expect(heard.ends).toHaveLength(1)
    }
  })
})
