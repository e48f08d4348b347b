// Row 4: a header and then silence, and a byte a second: the connection is closed when the time of an
// unfinished frame is over. The clock is turned by hand.
import { type Channel, memoryPair } from 'tieline/channel'
import { jsonRpc, msgpackRpc, native, type Protocol } from 'tieline/dialect'
import { Peer } from 'tieline/peer'
import { FakeClock, RawSide, settled } from 'tieline/testing'
import { expect, test } from 'vitest'

const HELLO = [0, 'tieline', 1, 0, null, null]

describeFor('native', native, [1, 1, 'echo', null, null, 'x'.repeat(500)], [HELLO])
describeFor('MessagePack-RPC', msgpackRpc, [0, 1, 'echo', ['x'.repeat(500)]], [])
for (const framing of ['lines', 'content-length'] as const) {
  const request = { jsonrpc: '2.0', id: 1, method: 'echo', params: ['x'.repeat(500)] }
  describeFor(`JSON-RPC, ${framing}`, () => jsonRpc({ framing }), request, [])
}

function describeFor(name: string, protocol: () => Protocol, message: unknown, before: unknown[]) {
  async function connected() {
    const clock = new FakeClock()
    const [left, right] = memoryPair() as [Channel, Channel]
    const service = ({ params }: { params: unknown }) => params
    const options = { protocol: protocol(), clock, service, heartbeat: false } as const
    const peer = new Peer(right, { ...options, role: 'server' })
    const raw = new RawSide(left, protocol())
    raw.send(...before)
    await raw.heard()
    return { clock, peer, raw, bytes: raw.bytes(message) }
  }

  test(`${name}: a header and then silence is closed after 30 s`, async () => {
    const { clock, peer, raw, bytes } = await connected()
    raw.send(message)
    expect(await raw.heard()).toHaveLength(1)
    raw.sendBytes(bytes.subarray(0, 4))
    await settled()
    await clock.pass(29_900, 30)
    expect(peer.state).toBe('open')
    await clock.pass(200, 2)
    expect(peer.state).toBe('closed')
    expect((await peer.closed).error).toMatchObject({
      code: 'connection-lost',
      message: 'a frame stayed unfinished for 30000 ms (limit partialFrameMs)',
    })
    await clock.pass(2000, 2)
    expect(clock.timers).toBe(0)
  })

  test(`${name}: a byte a second is closed after 30 s too`, async () => {
    const { clock, peer, raw, bytes } = await connected()
    raw.send(message)
    await raw.heard()
    for (let second = 0; second < 29; second++) {
      raw.sendBytes(bytes.subarray(second, second + 1))
      await clock.pass(1000, 1)
      expect(peer.state).toBe('open')
    }
    raw.sendBytes(bytes.subarray(29, 30))
    await clock.pass(3000, 3)
    expect(peer.state).toBe('closed')
    expect((await peer.closed).error?.message).toContain('limit partialFrameMs')
  })

  test(`${name}: nothing at all is closed after 10 s`, async () => {
    const clock = new FakeClock()
    const [left, right] = memoryPair() as [Channel, Channel]
    const peer = new Peer(right, { protocol: protocol(), clock, role: 'server' })
    new RawSide(left, protocol())
    await clock.pass(9900, 10)
    expect(peer.state).not.toBe('closed')
    await clock.pass(200, 2)
    expect((await peer.closed).error?.message).toContain('within 10000 ms (limit firstFrameMs)')
  })

  test(`${name}: a large frame that comes slowly, and whole within its time, is read`, async () => {
    const { clock, peer, raw, bytes } = await connected()
    raw.send(message)
    await raw.heard()
    for (let at = 0; at < bytes.length; at += 20) {
      raw.sendBytes(bytes.subarray(at, at + 20))
      await clock.pass(1000, 1)
    }
    expect(await raw.heard()).toHaveLength(1)
    await clock.pass(60_000, 10)
    expect(peer.state).toBe('open')
    peer.abort()
  })
}
