import { describe, expect, test } from 'vitest'
import type { Channel, ChannelSink } from '../channel/channel.js'
import { memoryPair } from '../channel/index.js'
import { native } from '../dialect/index.js'
import { RawSide, settled } from '../testing/index.js'
import { Peer } from './peer.js'

/** A channel whose end the test writes itself. */
function endedBy(inner: Channel): { channel: Channel; end(error: Error): void } {
  let sink: ChannelSink | undefined
  const channel: Channel = {
    unit: inner.unit,
    remote: inner.remote,
    buffered: 0,
    open: (own) => {
      sink = own
      inner.open(own)
    },
    send: (data) => inner.send(data),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    hold: (alive) => inner.hold(alive),
    // It ends when the test says so.
    close: () => new Promise(() => {}),
    abort: (reason) => inner.abort(reason),
  }
  return { channel, end: (error) => sink?.closed({ by: 'remote', error }) }
}

describe('a client that says it goes, with nothing open, and is gone', () => {
  test('has ended in good order, though the answer to its goodbye finds nobody', async () => {
    const [left, right] = memoryPair()
    const { channel, end } = endedBy(right)
    const server = new Peer(channel, { protocol: native(), role: 'server' })
    const client = new RawSide(left, native())
    client.send([0, 'tieline', 1, 0])
    await settled()
    client.send([15])
    await settled()
    end(new Error('write EPIPE'))
    expect(await server.closed).toEqual({ by: 'remote' })
  })

  test('has not, when a call was open', async () => {
    const [left, right] = memoryPair()
    const { channel, end } = endedBy(right)
    const server = new Peer(channel, {
      protocol: native(),
      role: 'server',
      service: () => new Promise(() => {}),
    })
    const client = new RawSide(left, native())
    client.send([0, 'tieline', 1, 0], [1, 1, 'wait'])
    await settled()
    client.send([15])
    await settled()
    const cut = new Error('write EPIPE')
    end(cut)
    expect(await server.closed).toEqual({ by: 'remote', error: cut })
  })
})
